/** The native half: handles and JSON. Nothing of it is API. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** JSON that is there already, or the number under which it will come. */
export type Awaited = string | number

/** Something that brings one thing after the other. */
export interface NativeWatch {
  readonly id: number
  /** JSON; `null` after the last; `undefined` where nothing is there yet. */
  poll(): string | null | undefined
  end(): void
}

/** The event loop that is woken. */
export interface NativeLoop {
  /** JSON of what has become ready: `[id, value]`, `[id, null, error]`, or `[id]` of a watch to look at. */
  take(): string | null
  doctor(address: string, options: string): Awaited
}

/** An operation. */
export interface NativeOperation {
  readonly id: string
  intent(): string
  events(by: NativeLoop): NativeWatch
  outcome(by: NativeLoop): Awaited
  resolution(by: NativeLoop): Awaited
  requestCancel(): void
}

/** A terminal. */
export interface NativeTerminal {
  begin(call: string, request: string): NativeOperation
  ask(by: NativeLoop, call: string, request: string): Awaited
  events(by: NativeLoop): NativeWatch
  status(): string
  capabilities(): string
  key(): string
  journalPath(): string | null
  pending(): NativeOperation[]
  recover(): NativeOperation[]
  history(): string
  release(): void
}

/** The connections of a transport in JavaScript. */
export interface NativeEndpoint {
  opened(connection: number): void
  arrived(connection: number, bytes: Uint8Array): void
  ended(connection: number, why: string): void
}

interface Native {
  version(): string
  dataFolder(): string
  serialPorts(): string
  splitVat(amount: number, taxFree: number, tip: number, rounding: string, convention: string): string
  receiptPaper(outcome: string, options: string): string
  previewText(paper: string, columns: number): string
  previewSvg(paper: string, width: number): string
  NativeLoop: new (wake: () => void) => NativeLoop
  NativeTerminal: { open(address: string, endpoint: NativeEndpoint | null, options: string): NativeTerminal }
  NativeEndpoint: new (
    key: string,
    serial: boolean,
    simulated: boolean,
    connect: (connection: number) => void,
    write: (connection: number, hex: string) => void,
    close: (connection: number) => void,
  ) => NativeEndpoint
}

/** What is there in the package, by the names that Node gives platforms. */
function shipped(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function load(): Native {
  const { platform, arch, version } = process
  const libc = platform === 'linux' && isMusl() ? '-musl' : ''
  const name = `${platform}-${arch}${libc}`
  const folder = join(__dirname, '..', 'prebuilds')
  const path = join(folder, name, 'danmal.node')
  if (!existsSync(path)) {
    const others = shipped(folder).join(', ') || 'none'
    throw new Error(
      `danmal has no native library for ${name}: ${path} is missing. This package has: ${others}. ` +
        'Build one with `cargo xtask package node` on that platform, or ask for it.',
    )
  }
  try {
    // The one dynamic load: everything else is typed.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require(path) as Native
  } catch (error) {
    throw new Error(`danmal's native library for ${name} cannot be loaded by Node ${version}: ${path}`, {
      cause: error,
    })
  }
}

/** Whether the C library is musl: glibc names its version in Node's report. */
function isMusl(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime === undefined
}

export const native: Native = load()
