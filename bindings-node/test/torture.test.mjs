// The boundary under torture, in a build that panics on command: nothing ends the process, nothing lies, nothing stays.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { DanmalError, Operation, Terminal } from 'danmal'
import { options, simulator, till } from './common.mjs'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const here = new URL('.', import.meta.url).pathname
/** The same library as the package's own, with what only this build has. */
const { calling, native, loop, once } = {
  ...require('../dist/errors.js'),
  ...require('../dist/native.js'),
  ...require('../dist/loop.js'),
}

const internal = (error) =>
  error instanceof DanmalError && error.code === 'internal' && !/torture/.test(error.message + error.problem)

/** A program with the collector at hand. It must end by itself. */
async function program(lines) {
  const given = { cwd: here, timeout: 50_000, env: { ...process.env } }
  const flags = ['--expose-gc', '--input-type=module', '--eval', lines]
  const { stdout } = await run(process.execPath, flags, given)
  return stdout.trim().split('\n')
}

test('a panic in a call is an error', async (t) => {
  for (let count = 0; count < 100; count += 1) {
    assert.throws(() => calling(() => native.tortureCall()), internal)
  }
  const terminal = await till(t, simulator(), options())
  assert.equal((await terminal.approve({ amount: 3_000 }).outcome()).kind, 'approved')
})

test('a panic while something is looked at rejects that promise and no other', async (t) => {
  const terminal = await till(t, simulator(), options())
  const payment = terminal.approve({ amount: 15_000 })
  const outcome = payment.outcome()
  await assert.rejects(
    once(() => native.tortureWatch(loop, 0)),
    internal,
  )
  await assert.rejects(
    once(() => native.tortureWatch(loop, 3)),
    internal,
  )
  assert.equal((await outcome).kind, 'approved')
})

test('a fault leaves what ran unknown and harms no other terminal', async (t) => {
  const sound = await till(t, simulator(), options())
  const faulty = native.NativeTerminal.open(simulator(), null, JSON.stringify(options()))
  const approve = (sale) => new Operation(calling(() => faulty.begin('approve', JSON.stringify(sale))))
  const running = sound.approve({ amount: 15_000 })
  const payment = approve({ amount: 1_020, order: 'torn' })
  for await (const { code } of payment.events()) if (code === 'sent') break
  native.tortureFault(faulty)
  const outcome = await payment.outcome()
  assert.deepEqual([outcome.kind, outcome.why], ['unknown', 'internalFault'])
  assert.match(outcome.nextStep.ko, /[가-힣]/)
  assert.equal((await payment.resolution()).kind, 'stillUnknown')
  assert.throws(() => approve({ amount: 3_000 }), DanmalError)
  assert.equal((await running.outcome()).kind, 'approved')
  assert.equal((await sound.approve({ amount: 3_000 }).outcome()).kind, 'approved')
  await once(() => faulty.ask(loop, 'close', '{}'))
})

test('the largest and the smallest values', async (t) => {
  const terminal = await till(t, simulator(), options())
  const largest = await terminal.approve({ amount: 999_999_999_999 }).outcome()
  assert.deepEqual([largest.kind, largest.approvalAmt], ['approved', 999_999_999_999])
  assert.equal((await terminal.approve({ amount: 1 }).outcome()).approvalAmt, 1)
  assert.equal((await terminal.approve({ amount: 2n }).outcome()).approvalAmt, 2)
  const extremes = [-0, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER + 1, 2n ** 63n]
  for (const amount of [...extremes, -1, null, undefined, {}, [], true, Symbol('1'), () => 1]) {
    assert.throws(() => terminal.approve({ amount }), { name: 'DanmalError' }, String(amount))
  }
  for (const request of [null, undefined, 1, 'x', []]) {
    assert.throws(() => terminal.approve(request), Error, String(request))
  }
  assert.deepEqual(
    terminal.history().map(({ intent }) => intent.amounts.amount),
    [999_999_999_999, 1, 2],
  )
})

test('long texts, and characters beyond the first plane', async (t) => {
  const terminal = await till(t, simulator(), options())
  const long = '가'.repeat(65_536 / 2)
  for (const request of [
    { amount: 1_000, order: long },
    { amount: 1_000, key: long },
  ]) {
    assert.throws(() => terminal.approve(request), { code: 'invalidText' })
  }
  await assert.rejects(terminal.salesTotals(long, long), { code: 'invalidDate' })
  await assert.rejects(Terminal.connect(`tcp://${long}:1`), { name: 'DanmalError' })
  await assert.rejects(terminal.overrideUnknown(long, 'performed', long), { name: 'DanmalError' })
  const order = '🂡주문𠀀\u{10ffff}'
  const payment = terminal.approve({ amount: 3_000, order })
  const outcome = await payment.outcome()
  assert.equal(outcome.order, order)
  assert.equal(payment.intent.order, order)
  assert.equal(terminal.history()[0].intent.order, order)
  // Half a character is none.
  assert.throws(() => terminal.approve({ amount: 3_000, order: '\ud83c' }), { name: 'DanmalError' })
})

test('close while paying, twice, and from within', async () => {
  const terminal = await Terminal.connect(simulator(), options())
  const payment = terminal.approve({ amount: 15_000 })
  const outcome = payment.outcome()
  for await (const { code } of payment.events()) if (code === 'sent') break
  const both = await Promise.all([terminal.close(), terminal.close()])
  assert.deepEqual(both, [true, true])
  assert.equal((await outcome).kind, 'approved')
  assert.equal(await terminal.close(), true)
  assert.throws(() => terminal.approve({ amount: 1_000 }), { code: 'closed' })
  assert.throws(() => terminal.history(), { code: 'closed' })
  assert.deepEqual(terminal.pending(), [])
  assert.equal(terminal.status().state, 'closed')
  // What was handed out before goes on being told.
  assert.equal((await payment.outcome()).kind, 'approved')
})

test('a listener that throws is Node’s to tell, and harms no payment', async () => {
  const lines = await program(`
    import { Terminal } from 'danmal'
    process.on('uncaughtException', (error) => console.log('told', error.message))
    const terminal = Terminal.open('simulator:', ${JSON.stringify(options({ inMemory: true }))})
    const payment = terminal.approve({ amount: 15_000 })
    payment.outcome().then(() => { setTimeout(() => { throw new Error('mine') }) })
    console.log((await payment.outcome()).kind)
    await new Promise((resolve) => setTimeout(resolve, 50))
    console.log((await terminal.approve({ amount: 3_000 }).outcome()).kind)
    await terminal.close()
  `)
  assert.deepEqual(lines.sort(), ['approved', 'approved', 'told mine'])
})

test('what is dropped without a close is collected, and its payment goes on', async () => {
  const given = JSON.stringify(options({ inMemory: true }))
  const lines = await program(`
    import { createRequire } from 'node:module'
    import { Terminal } from 'danmal'
    const { native } = createRequire(process.cwd() + '/x.js')('../dist/native.js')
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5))
    let payment
    await (async () => {
      for (let count = 0; count < 50; count += 1) {
        const terminal = Terminal.open('simulator:dropped-' + count, ${given})
        terminal.events()
        payment = terminal.approve({ amount: 3_000 })
      }
    })()
    const { kind } = await payment.outcome()
    payment = undefined
    for (let tries = 0; tries < 400 && native.tortureAlive() > 0; tries += 1) {
      globalThis.gc()
      await turn()
    }
    console.log(kind)
    console.log(native.tortureAlive())
  `)
  assert.equal(lines[1], '0')
  assert(['approved', 'unknown', 'notPerformed'].includes(lines[0]), lines[0])
})

test('10,000 operations leave no object, thread or descriptor behind', { timeout: 60_000 }, async () => {
  const given = JSON.stringify(options({ inMemory: true, timeScale: 0.02 }))
  const lines = await program(`
    import { readdirSync } from 'node:fs'
    import { createRequire } from 'node:module'
    import { Terminal } from 'danmal'
    const { native } = createRequire(process.cwd() + '/x.js')('../dist/native.js')
    const count = (folder) => { try { return readdirSync(folder).length } catch { return 0 } }
    const TERMINALS = 50
    let approved = 0
    const session = async (name) => {
      const terminals = Array.from({ length: TERMINALS }, (_, number) =>
        Terminal.open('simulator:' + name + number, ${given}))
      const paying = async (terminal, times) => {
        for (let time = 0; time < times; time += 1) {
          const payment = terminal.approve({ amount: 3_000 })
          if (time % 4 === 0) for await (const { code } of payment.events()) if (code === 'sent') break
          const { kind } = await payment.outcome()
          // A loaded machine misses deadlines that are scaled to milliseconds: nothing may stay of that either.
          if (kind === 'unknown') await payment.resolution()
          approved += kind === 'approved' ? 1 : 0
        }
      }
      await Promise.all(terminals.map((terminal) => paying(terminal, name === 'warm' ? 2 : 200)))
      await Promise.all(terminals.map((terminal) => terminal.close()))
    }
    const settle = async () => {
      for (let tries = 0; tries < 400 && native.tortureAlive() > 0; tries += 1) {
        globalThis.gc()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return { alive: native.tortureAlive(), fds: count('/proc/self/fd'), tasks: count('/proc/self/task') }
    }
    await session('warm')
    const before = await settle()
    await session('long')
    console.log(JSON.stringify([before, await settle(), approved]))
  `)
  const [before, after, approved] = JSON.parse(lines.at(-1))
  assert(approved > 0)
  assert.equal(after.alive, 0)
  assert(after.fds <= before.fds, JSON.stringify([before, after]))
  assert(after.tasks <= before.tasks + 1, JSON.stringify([before, after]))
})

test('this build has the faults for which a shipped one is searched', () => {
  assert(Object.keys(native).some((name) => name.startsWith('torture')))
})
