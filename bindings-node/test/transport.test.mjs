// A transport written in JavaScript: to a simulator behind a socket.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { Terminal } from 'danmal'
import { all, options, served } from './common.mjs'

let port
let stop

before(async () => ({ port } = await served((end) => (stop = end))))
after(() => stop())

/** A transport over a socket, and what was done with it. */
function socket(more = {}) {
  const sockets = []
  return {
    key: `test:${port}`,
    simulated: true,
    sockets,
    connect(events) {
      return new Promise((resolve, reject) => {
        const stream = connect(port, '127.0.0.1')
        sockets.push(stream)
        stream.once('connect', () =>
          resolve({
            write: (bytes) => void stream.write(bytes),
            close: () => stream.resetAndDestroy(),
          }),
        )
        stream.once('error', reject)
        stream.on('data', (bytes) => events.data(bytes))
        stream.once('close', () => events.end())
      })
    },
    ...more,
  }
}

test('a payment over a transport of my own', async (t) => {
  const transport = socket()
  const terminal = await Terminal.connect(transport, options())
  t.after(() => terminal.close())
  const payment = terminal.approve({ amount: 15_000 })
  assert((await all(payment.events())).some(({ code }) => code === 'signatureWait'))
  assert.equal((await payment.outcome()).kind, 'approved')
  assert.equal(terminal.key, `endpoint:${transport.key}`)
})

test('a connection that is cut in the middle is found again', async (t) => {
  const transport = socket()
  const terminal = await Terminal.connect(transport, options())
  t.after(() => terminal.close())
  const payment = terminal.approve({ amount: 15_000 })
  for await (const { code } of payment.events())
    if (code === 'signatureWait') transport.sockets.at(-1).resetAndDestroy()
  const { outcome } = await payment.resolution()
  assert.equal(outcome.kind, 'approved')
  assert(transport.sockets.length > 1)
})

test('a transport that throws, never connects or fails to write is not performed, or found out', async (t) => {
  const throwing = await Terminal.connect(
    socket({
      connect: () => {
        throw new Error('no such port')
      },
    }),
    options(),
  )
  t.after(() => throwing.close())
  const outcome = await throwing.approve({ amount: 3_000 }).outcome()
  assert.deepEqual([outcome.kind, outcome.reason], ['notPerformed', 'noConnection'])
  assert.match(outcome.detail, /no such port/)
  await throwing.close()
  const silent = await Terminal.connect(socket({ connect: () => new Promise(() => undefined) }), options())
  t.after(() => silent.close())
  assert.equal((await silent.approve({ amount: 3_000 }).outcome()).reason, 'noConnection')
})
