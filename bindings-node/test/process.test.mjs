// The edges: other ways to load it, worker threads, the end of the process.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import * as esm from 'danmal'
import { options, served, simulator } from './common.mjs'

const run = promisify(execFile)
const here = new URL('.', import.meta.url).pathname

/** What a program of these lines prints. It must end by itself. */
async function program(lines) {
  const given = { cwd: here, timeout: 30_000 }
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', lines], given)
  return stdout.trim().split('\n')
}

const start = `
  import { Terminal } from 'danmal'
  const given = ${JSON.stringify(options())}
`

test('require and import give the same classes', () => {
  const cjs = createRequire(import.meta.url)('danmal')
  assert.deepEqual(
    Object.keys(cjs).sort(),
    Object.keys(esm)
      .filter((name) => name !== 'default')
      .sort(),
  )
  for (const name of Object.keys(cjs)) assert.equal(cjs[name], esm[name], name)
})

test('a process that awaits an outcome lives until it is there, and then ends by itself', async () => {
  const lines = await program(`${start}
    const terminal = Terminal.open('simulator:', given)
    terminal.events().next().then((event) => console.log(event.value.code))
    console.log((await terminal.approve({ amount: 15_000 }).outcome()).kind)
  `)
  assert(lines.includes('approved'), lines.join())
})

test('a process that ends in the middle of a payment leaves it to its next start', async (t) => {
  const { address } = await served((end) => t.after(end))
  const given = JSON.stringify(options())
  const [id] = await program(`
    import { Terminal } from 'danmal'
    const payment = Terminal.open('${address}', ${given}).approve({ amount: 15_000 })
    for await (const event of payment.events()) if (event.code === 'signatureWait') break
    console.log(payment.id)
    process.exit(0)
  `)
  const lines = await program(`
    import { Terminal } from 'danmal'
    const terminal = Terminal.open('${address}', ${given})
    for (const payment of terminal.pending()) await payment.resolution()
    const [{ intent, outcome }] = terminal.history()
    console.log(intent.ptxid)
    console.log(outcome.kind)
    console.log((await terminal.approve({ amount: 3_000 }).outcome()).kind)
    await terminal.close()
  `)
  assert.deepEqual(lines, [id, 'approved', 'approved'])
})

test('each worker thread has its own loop', async () => {
  const lines = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { Terminal } = require('danmal')
    void (async () => {
      const terminal = await Terminal.connect(workerData.address, workerData.options)
      const outcome = await terminal.approve({ amount: 15_000 }).outcome()
      await terminal.close()
      parentPort.postMessage(outcome)
    })()
  `
  const outcomes = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise((resolve, reject) => {
          const workerData = { address: simulator(), options: options() }
          const worker = new Worker(lines, { eval: true, workerData })
          worker.once('message', resolve).once('error', reject)
        }),
    ),
  )
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['approved', 'approved', 'approved'],
  )
})

test('a worker that is terminated in the middle of a payment harms nobody', async () => {
  const given = options()
  const address = simulator()
  const lines = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { Terminal } = require('danmal')
    void (async () => {
      const terminal = Terminal.open(workerData.address, workerData.options)
      for await (const event of terminal.approve({ amount: 15_000, order: 'W-1' }).events()) {
        parentPort.postMessage(event.code)
      }
    })()
  `
  const worker = new Worker(lines, { eval: true, workerData: { address, options: given } })
  await new Promise((resolve) => worker.on('message', (code) => code === 'sent' && resolve()))
  await worker.terminate()
  const terminal = await esm.Terminal.connect(address, given)
  // Whoever dropped it detached from it: it is found under its order, or has ended and is handed out again.
  let outcome
  for (let tries = 0; tries < 200; tries += 1) {
    outcome = await terminal.approve({ amount: 15_000, order: 'W-1' }).outcome()
    if (outcome.kind !== 'notPerformed' && outcome.kind !== 'unknown') break
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert.equal(outcome.kind, 'approved')
  assert.equal(terminal.history().length, 1)
  await terminal.close()
})
