import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { Terminal } from 'danmal'

let count = 0

/** Options of a test: every duration is shortened, nothing is shared. */
export function options(more = {}) {
  return { folder: mkdtempSync(join(tmpdir(), 'danmal-node-')), timeScale: 0.02, ...more }
}

/** The address of a simulator of one's own. */
export function simulator() {
  count += 1
  return `simulator:node-${process.pid}-${count}`
}

/** All that an async iterator brings. */
export async function all(iterator) {
  const found = []
  for await (const value of iterator) found.push(value)
  return found
}

/** A terminal that is closed when the test ends. */
export async function till(t, address, given) {
  const terminal = await Terminal.connect(address, given)
  t.after(() => terminal[Symbol.asyncDispose]())
  return terminal
}

/** A simulator in a process of its own, on TCP, until `after` is called back. */
export async function served(after) {
  const program = process.env.DANMAL_SIMULATOR
  if (program === undefined) throw new Error('DANMAL_SIMULATOR names the danmal-simulator to test against')
  const server = spawn(program, ['--listen', 'tcp://127.0.0.1:0', '--time-scale', '0.02'])
  after(() => server.kill())
  return await new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the simulator ended with ${code}`)))
    createInterface(server.stdout).on('line', (line) => {
      const found = /tcp:\/\/127\.0\.0\.1:(\d+)/.exec(line)
      if (found) resolve({ port: Number(found[1]), address: `tcp://127.0.0.1:${found[1]}?simulated=true` })
    })
  })
}
