import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { DanmalError, Operation, previewText, receipt, splitVat, Terminal } from 'danmal'
import { all, options, simulator, till } from './common.mjs'

test('a sale with its events, its receipt and its cancellation', async (t) => {
  const terminal = await till(t, simulator(), options())
  const payment = terminal.approve({ amount: 15_000, order: 'N-1' })
  assert(payment instanceof Operation)
  const codes = (await all(payment.events())).map((event) => event.code)
  assert(codes.includes('sent') && codes.includes('signatureWait'), codes.join())
  const outcome = await payment.outcome()
  assert.equal(outcome.kind, 'approved')
  assert.deepEqual([outcome.approvalAmt, outcome.order, outcome.simulated], [15_000, 'N-1', true])
  assert.match(outcome.text.ko, /^승인/)
  assert.deepEqual(structuredClone(outcome), outcome)
  const paper = receipt(outcome, {
    shop: { name: '단말 커피' },
    items: [{ name: '아메리카노', quantity: 2, price: 7_500 }],
  })
  await terminal.print(paper)
  assert.match(previewText(paper), /아메리카노/)
  // A second press of the button is the same payment.
  const again = terminal.approve({ amount: 15_000, order: 'N-1' })
  assert.equal(again.id, payment.id)
  assert.notEqual(again.replayed, undefined)
  const cancellation = await terminal.cancel(outcome).outcome()
  assert.equal(cancellation.kind, 'approved')
  const history = terminal.history()
  assert.deepEqual(
    history.map((entry) => [entry.intent.kind, entry.net]),
    [
      ['cardApproval', 0],
      ['cardCancellation', 0],
    ],
  )
  assert.deepEqual(history[0].cancellations, [cancellation.id])
})

test('an unknown is a value and is resolved', async (t) => {
  const terminal = await till(t, simulator(), options())
  const payment = terminal.approve({ amount: 1_030 })
  const codes = (await all(payment.events())).map((event) => event.code)
  assert(codes.includes('connectionLost'), codes.join())
  const resolution = await payment.resolution()
  assert.equal(resolution.kind, 'final')
  assert.equal(resolution.outcome.kind, 'approved')
  assert.deepEqual(terminal.pending(), [])
})

test('what is refused names its field and sends nothing', async (t) => {
  const terminal = await till(t, simulator(), options())
  const refusals = [
    [{ amount: -1 }, 'invalidAmount', 'amount'],
    [{ amount: 0 }, 'invalidAmount', 'amount'],
    [{ amount: 1.5 }, 'invalidAmount', 'amount'],
    [{ amount: NaN }, 'invalidAmount', 'amount'],
    [{ amount: '1000' }, 'invalidAmount', 'amount'],
    [{ amount: 10n ** 20n }, 'invalidAmount', 'amount'],
    [{ amount: 1_000_000_000_000 }, 'invalidAmount', 'amount'],
    [{ amount: 1_000, tip: 2_000 }, 'invalidAmount', 'tip'],
    [{ amount: 1_000, installment: 1 }, 'invalidInstallment', 'installment'],
    [{ amount: 1_000, order: 'x'.repeat(65_536) }, 'invalidText', 'order'],
    [{ amount: 1_000, order: 'a\nb' }, 'invalidText', 'order'],
  ]
  for (const [sale, code, field] of refusals) {
    assert.throws(
      () => terminal.approve(sale),
      (error) => error instanceof DanmalError && error.code === code && error.field === field && error.text.ko !== '',
    )
  }
  assert.deepEqual(terminal.history(), [])
  await assert.rejects(Terminal.connect('bluetooth:1'), { code: 'invalidAddress' })
  await assert.rejects(terminal.salesTotals('yesterday', '20261125'), { code: 'invalidDate' })
  await terminal.close()
  assert.throws(() => terminal.approve({ amount: 1_000 }), { code: 'closed' })
  assert.equal(terminal.status().state, 'closed')
})

test('a signal asks the terminal to stop, and never throws', async (t) => {
  const terminal = await till(t, simulator(), options({ timeScale: 0.2 }))
  const early = await terminal.approve({ amount: 3_000 }, { signal: AbortSignal.abort() }).outcome()
  assert.deepEqual([early.kind, early.by], ['aborted', 'tillBeforeSending'])
  const controller = new AbortController()
  const payment = terminal.approve({ amount: 15_000 }, { signal: controller.signal })
  for await (const event of payment.events()) if (event.code === 'sent') controller.abort()
  const outcome = await payment.outcome()
  assert(outcome.kind === 'aborted' || (outcome.kind === 'approved' && outcome.cancelRequested), outcome.kind)
  const free = await terminal.approve({ amount: 2_000 }).outcome()
  assert.equal(free.kind, 'approved')
})

test('a signal is listened to until the outcome, and no longer', async (t) => {
  const terminal = await till(t, simulator(), options())
  const { signal } = new AbortController()
  for (let count = 0; count < 20; count += 1) {
    const payment = terminal.approve({ amount: 3_000 }, { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    assert.equal((await payment.outcome()).kind, 'approved')
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a terminal that is disposed of is closed', async () => {
  const terminal = await Terminal.connect(simulator(), options())
  const payment = terminal.approve({ amount: 3_000 })
  assert.equal((await payment.outcome()).kind, 'approved')
  await terminal[Symbol.asyncDispose]()
  assert.equal(terminal.status().state, 'closed')
  assert.throws(() => terminal.approve({ amount: 3_000 }), { code: 'closed' })
})

test('leaving the events stops nothing', async (t) => {
  const terminal = await till(t, simulator(), options())
  const payment = terminal.approve({ amount: 15_000 })
  for await (const event of payment.events()) if (event.code === 'sent') break
  assert.equal((await payment.outcome()).kind, 'approved')
})

test('the terminal has events and a status of its own', async () => {
  const terminal = await Terminal.connect(simulator(), options())
  const events = terminal.events()
  const payment = terminal.approve({ amount: 3_000 })
  for await (const event of payment.events()) {
    if (event.code === 'sent') assert.deepEqual(terminal.status().operation, payment.id)
  }
  assert.equal(terminal.status().state, 'ready')
  assert.equal((await terminal.lastTransaction()).transaction.id, payment.id)
  assert.equal(terminal.capabilities().history, 'yes')
  await terminal.close()
  const codes = (await all(events)).map((event) => event.code)
  assert(codes.includes('connected') && codes.includes('finished') && codes.at(-1) === 'closed', codes.join())
})

test('a price is split', () => {
  assert.deepEqual(splitVat(11_000).amounts, { amount: 11_000, tax: 1_000, tip: 0, taxFree: 0 })
  assert.throws(() => splitVat(1_000, { tip: 2_000 }), { code: 'invalidAmount', field: 'tip' })
})
