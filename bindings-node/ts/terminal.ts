/// <reference lib="esnext.disposable" preserve="true" />

/** A payment terminal. */

import { calling, refused } from './errors'
import { loop, many, once } from './loop'
import { native } from './native'
import type { NativeTerminal } from './native'
import { intentOf, Operation } from './operation'
import type { Paper } from './paper'
import type {
  ApprovalRecord,
  ApprovalReference,
  Capabilities,
  CashReceipt,
  CodeTable,
  Diagnosis,
  EasyPay,
  Event,
  FrameRules,
  HistoryEntry,
  Kind,
  Labels,
  LastTransaction,
  Profile,
  Sale,
  SalesTotals,
  SerialPort,
  Status,
  TaxRefund,
  TaxRefundSlip,
  TraderType,
  Verdict,
} from './records'
import { endpointOf } from './transport'
import type { Transport } from './transport'

/** How a terminal is opened. The default needs nothing. */
export interface TerminalOptions {
  /** The journal's file; a relative path is in the data folder. `till.db` there by default, `simulator.db` for play money. */
  readonly journal?: string
  /** A journal in memory, for tests and measurements: it survives nothing. */
  readonly inMemory?: boolean
  /** The data folder, for journals and the claims on terminals. Two tills must share it to keep each other out. A relative path is one in `dataFolder()`. */
  readonly folder?: string
  /** What is known, assumed and set of the terminal. */
  readonly profile?: Profile
  /** How the terminal's frames are read; `doctor` proposes them. */
  readonly frameRules?: FrameRules
  /** A factor on every duration, for tests: on `simulator:`, loopback and pty alone. */
  readonly timeScale?: number
}

/** How a money call may be stopped. */
export interface MoneyOptions {
  /** Aborting asks the terminal to stop, as `requestCancel()` does; what became of it is the outcome. */
  readonly signal?: AbortSignal
}

/** An approval on record, or what stands on its slip. */
export type Cancellable = (ApprovalRecord | ApprovalReference) & Labels

function cancellation(of: Cancellable, labels: Labels): Record<string, unknown> {
  const { approvalNo, transactionNo, transactionDate, approvalAmt } = of
  const recorded: { id: string; operation: Kind } | undefined = 'id' in of ? of : undefined
  return {
    of: { approvalNo, transactionNo, transactionDate, approvalAmt },
    ...(recorded && { original: recorded.id, approved: recorded.operation }),
    ...labels,
  }
}

/** A payment terminal: one money operation at a time, each in the journal before it leaves. */
export class Terminal implements AsyncDisposable {
  readonly #native: NativeTerminal
  #closing: Promise<boolean> | undefined

  private constructor(handle: NativeTerminal) {
    this.#native = handle
  }

  /**
   * Opens a terminal: `simulator:`, `tcp://192.168.0.20:9100`, `serial://COM3?baud=115200`, or a transport of your
   * own. It returns at once; what it still recovers is seen in `status()` and its events.
   */
  // eslint-disable-next-line @typescript-eslint/require-await -- a bad address is a rejection, as everywhere
  static async connect(address: string | Transport, options: TerminalOptions = {}): Promise<Terminal> {
    return Terminal.open(address, options)
  }

  /** As `connect`, without a promise. */
  static open(address: string | Transport, options: TerminalOptions = {}): Terminal {
    const endpoint = typeof address === 'string' ? null : endpointOf(address)
    const name = typeof address === 'string' ? address : address.key
    return new Terminal(calling(() => native.NativeTerminal.open(name, endpoint, JSON.stringify(options))))
  }

  /** A sale by card (신용승인). */
  approve(sale: Sale, options: MoneyOptions = {}): Operation {
    return this.#begin('approve', sale, options)
  }

  /** A sale by QR or barcode (간편결제 승인). */
  approveEasyPay(sale: EasyPay, options: MoneyOptions = {}): Operation {
    return this.#begin('approveEasyPay', sale, options)
  }

  /** Cancels an approval (취소): a recorded one, or the fields of its slip. */
  cancel(of: Cancellable, options: MoneyOptions & Labels = {}): Operation {
    const { signal, ...labels } = options
    return this.#begin('cancel', cancellation(of, labels), signal ? { signal } : {})
  }

  /** Cancels an easy-pay approval whose slip was typed. */
  cancelEasyPay(of: Cancellable, options: MoneyOptions & Labels = {}): Operation {
    const { signal, ...labels } = options
    return this.#begin('cancelEasyPay', cancellation(of, labels), signal ? { signal } : {})
  }

  /** Issues a cash receipt (현금영수증 발급). */
  issueCashReceipt(receipt: CashReceipt, options: MoneyOptions = {}): Operation {
    return this.#begin('issueCashReceipt', receipt, options)
  }

  /** Cancels a cash receipt (현금영수증 취소). The identifier comes from the caller: danmal has not kept it. */
  cancelCashReceipt(
    of: Cancellable,
    options: MoneyOptions & Labels & { readonly identifier?: string; readonly traderType?: TraderType } = {},
  ): Operation {
    const { signal, identifier, traderType, ...labels } = options
    const request = {
      ...cancellation(of, labels),
      ...(identifier !== undefined && { identifier }),
      ...(traderType && { traderType }),
    }
    return this.#begin('cancelCashReceipt', request, signal ? { signal } : {})
  }

  /** Issues a tax-refund slip (환급전표 발행). */
  issueTaxRefund(refund: TaxRefund, options: MoneyOptions = {}): Operation {
    return this.#begin('issueTaxRefund', { ...refund, labels: refund.labels ?? {} }, options)
  }

  /** Cancels a tax-refund slip (환급전표 취소). */
  cancelTaxRefund(serial: string, options: MoneyOptions & Labels & { readonly print?: boolean } = {}): Operation {
    const { signal, ...others } = options
    return this.#begin('cancelTaxRefund', { taxRefundSerial: serial, ...others }, signal ? { signal } : {})
  }

  /** Asks for a tax-refund slip (환급전표 조회). */
  inquireTaxRefund(serial: string): Promise<TaxRefundSlip> {
    return this.#ask('inquireTaxRefund', { taxRefundSerial: serial })
  }

  /** The terminal's last transaction (직전거래조회). */
  lastTransaction(): Promise<LastTransaction> {
    return this.#ask('lastTransaction', {})
  }

  /** Sales totals (매출집계조회) between two days, `yyyyMMdd`. */
  salesTotals(from: string, to: string): Promise<SalesTotals> {
    return this.#ask('salesTotals', { from, to })
  }

  /** The terminal's code table (코드다운로드). */
  downloadCodes(): Promise<CodeTable> {
    return this.#ask('downloadCodes', {})
  }

  /** Prints a paper (프린트출력). */
  async print(paper: Paper): Promise<void> {
    await this.#ask('print', paper)
  }

  /** The operations without an end, oldest first, those of earlier runs too: show the unresolved ones to the cashier. */
  pending(): Operation[] {
    return calling(() => this.#native.pending()).map((handle) => new Operation(handle))
  }

  /** Asks the terminal again now about what is unresolved, which is handed back. */
  recover(): Operation[] {
    return calling(() => this.#native.recover()).map((handle) => new Operation(handle))
  }

  /** An operator's word on an unresolved operation, after the fence. It is journaled, and never final. */
  async overrideUnknown(id: string, verdict: Verdict, reason: string): Promise<void> {
    await this.#ask('overrideUnknown', { id, verdict, reason })
  }

  /** An operator accepts a journal that is damaged, missing or older, after the fence. */
  async acceptJournal(reason: string): Promise<void> {
    await this.#ask('acceptJournal', { reason })
  }

  /** The operations of this terminal's journal, oldest first. */
  history(): HistoryEntry[] {
    const entries = JSON.parse(calling(() => this.#native.history())) as HistoryEntry[]
    return entries.map((entry) => ({ ...entry, intent: intentOf(entry.intent) }))
  }

  /** The events of the terminal and of its operations: the last few, and what comes. They do not keep the process alive. */
  events(): AsyncIterableIterator<Event> {
    return many<Event>(() => this.#native.events(loop), false)
  }

  /** How it stands. */
  status(): Status {
    return JSON.parse(this.#native.status()) as Status
  }

  /** What it is known to do, and what is assumed of it. */
  capabilities(): Capabilities {
    return JSON.parse(this.#native.capabilities()) as Capabilities
  }

  /** Its canonical key, under which other tills are kept out. */
  get key(): string {
    return this.#native.key()
  }

  /** Where its journal is; `undefined` where that is in memory, or not open yet. */
  get journalPath(): string | undefined {
    return this.#native.journalPath() ?? undefined
  }

  /** Closes it. A payment that runs goes on until it is known, at most 5 s; then it is left to the next start. */
  close(): Promise<boolean> {
    this.#closing ??= this.#ask<boolean>('close', {}).then((whole) => {
      // Its journal is free now, and not when this object is collected.
      this.#native.release()
      return whole
    })
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #begin(call: string, request: object, { signal }: MoneyOptions): Operation {
    const operation = new Operation(calling(() => this.#native.begin(call, jsonOf(request))))
    if (signal !== undefined) stopBy(signal, operation)
    return operation
  }

  #ask<T>(call: string, request: object): Promise<T> {
    // What the call itself refuses rejects, like what comes later: who awaits has one place to look.
    return once<T>(() => this.#native.ask(loop, call, jsonOf(request)))
  }
}

/** Whether JSON says the very same. */
function isPlain(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' && typeof value !== 'bigint'
}

/** JSON has no word for what is no number; left to itself it would say null, and null is no amount. */
function jsonOf(request: object): string {
  if (Object.values(request).every(isPlain)) return JSON.stringify(request)
  return JSON.stringify(request, (field, value: unknown) => {
    if (typeof value === 'bigint') {
      const number = Number(value)
      if (BigInt(number) === value && Number.isSafeInteger(number)) return number
      throw refused('invalidAmount', field, 'too large', 'a whole number of won')
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw refused('invalidAmount', field, String(value), 'a whole number of won')
    }
    return value
  })
}

/** Asks the terminal to stop once the signal says so. The listener goes with the outcome. */
function stopBy(signal: AbortSignal, operation: Operation): void {
  if (signal.aborted) {
    operation.requestCancel()
    return
  }
  const stop = (): void => {
    operation.requestCancel()
  }
  signal.addEventListener('abort', stop, { once: true })
  const remove = (): void => {
    signal.removeEventListener('abort', stop)
  }
  operation.outcome().then(remove, remove)
}

/** What stands at an address: one look, that moves no money and changes nothing. */
export function doctor(address: string, options: TerminalOptions = {}): Promise<Diagnosis> {
  return once<Diagnosis>(() => loop.doctor(address, JSON.stringify(options)))
}

/** The serial ports of this machine. */
export function serialPorts(): SerialPort[] {
  return JSON.parse(calling(() => native.serialPorts())) as SerialPort[]
}

/** The folder of journals and claims on terminals, unless an option names another. */
export function dataFolder(): string {
  return native.dataFolder()
}

/** The version of danmal. */
export function version(): string {
  return native.version()
}
