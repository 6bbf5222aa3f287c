// A transport written in JavaScript: to a simulator behind a socket.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import ts from 'typescript'
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

test('a payment over the transport of the examples, which is written in TypeScript', async (t) => {
  const text = readFileSync(new URL('../../examples/node/socket.mts', import.meta.url), 'utf8')
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: 'ES2022' },
  })
  const example = await import(`data:text/javascript,${encodeURIComponent(outputText)}`)
  const terminal = await Terminal.connect(example.socket('127.0.0.1', port, true), options())
  t.after(() => terminal.close())
  assert.equal((await terminal.approve({ amount: 15_000 }).outcome()).kind, 'approved')
})

test('a transport that calls back in while it is called', async (t) => {
  const own = socket()
  let terminal
  const { connect: making } = own
  own.connect = async (events) => {
    const connection = await making(events)
    return {
      ...connection,
      write(bytes) {
        // Whatever is asked from within is answered, and money waits its turn.
        terminal.status()
        terminal.pending()
        const inner = terminal.approve({ amount: 3_000, order: 'inner' })
        inner.requestCancel()
        connection.write(bytes)
      },
    }
  }
  terminal = await Terminal.connect(own, options())
  t.after(() => terminal.close())
  const { outcome } = await terminal.approve({ amount: 15_000 }).resolution()
  assert(['approved', 'aborted'].includes(outcome.kind) || outcome.reason === 'busy', outcome.text.en)
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
