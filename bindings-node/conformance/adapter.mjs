// The adapter of Node for the conformance suite: it obeys the runner by the public API of the package alone.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { DanmalError, Operation, Terminal } from 'danmal'

/** How long an operation is waited for whose approval a step needs, seconds. A scenario expects it first. */
const APPROVAL = 20

let terminal
let events
/** What steps gave: `{operation}`, `{recorded}` (its place in the journal), `{refused}` or `{question}`. */
const things = new Map()

function thing(name) {
  const found = things.get(name)
  if (found === undefined) throw new Error(`nothing is called ${name}`)
  return found
}

/** The value of a promise, or nothing where it takes longer. */
function within(promise, seconds) {
  let timer
  const late = new Promise((resolve) => (timer = setTimeout(resolve, Math.max(0, seconds) * 1_000)))
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function shown(error) {
  if (!(error instanceof DanmalError)) throw error
  const { code, field, problem, accepted, text } = error
  return { code, field, problem, accepted, text }
}

/** A terminal at `HOST:PORT`, reached by a socket of the adapter's own. */
function foreign(address) {
  const [host, port] = address.split(':')
  return {
    key: `conformance:${address}`,
    simulated: true,
    connect: ({ data, end }) =>
      new Promise((resolve, reject) => {
        const stream = connect({ host, port: Number(port), noDelay: true })
        stream.once('error', reject)
        stream.once('connect', () => {
          stream.on('data', data)
          resolve({
            write: (bytes) =>
              new Promise((written, failed) => stream.write(bytes, (error) => (error ? failed(error) : written()))),
            close: () => stream.resetAndDestroy(),
          })
        })
        stream.once('close', () => end())
      }),
  }
}

let simulated

/** The simulator's profile, of which a scenario names the keys that differ. */
async function profileOf(keys) {
  if (simulated === undefined) {
    const other = Terminal.open('simulator:profile', { inMemory: true })
    simulated = other.capabilities().profile
    await other.close()
  }
  for (const key of Object.keys(keys)) if (!(key in simulated)) throw new Error(`a profile has no ${key}`)
  return { ...simulated, ...keys }
}

async function open({ line, address, folder, journal, timeScale, profile = {}, names = {} }) {
  const options = { folder, journal, timeScale }
  if (Object.keys(profile).length > 0) options.profile = await profileOf(profile)
  terminal = Terminal.open(line === 'foreign' ? foreign(address) : address, options)
  events = terminal.events()
  const pending = terminal.pending()
  for (const [name, id] of Object.entries(names)) {
    const running = pending.find((one) => one.id === id)
    const entry = running === undefined ? history().find(({ intent }) => intent.ptxid === id) : undefined
    if (running) things.set(name, { operation: running })
    else if (entry) things.set(name, { recorded: entry })
  }
}

function history() {
  try {
    return terminal.history()
  } catch {
    // A terminal whose journal is in safe mode shows none.
    return []
  }
}

async function approval(of) {
  const { operation, recorded } = thing(of)
  const outcome = operation ? await within(operation.outcome(), APPROVAL) : recorded?.outcome
  const found = outcome?.kind === 'approved' ? outcome : outcome?.approval
  if (!found) throw new Error(`${of} carries no approval: ${JSON.stringify(outcome)}`)
  return found
}

const cancelled = ({ of, typed }) => (of === undefined ? typed : approval(of))

const serial = async ({ of, serial: given }) => {
  if (given !== undefined) return given
  const { slip } = await approval(of)
  return slip.taxrefundSerial || slip.refundSerial
}

function slip({ t650p, medical, goods, hotel }) {
  if (t650p) {
    const { amount, salesSerial } = t650p
    const rest = { mode: 'post', paymentType: 'card', qrServiceCode: '' }
    return { device: 't650p', approvalAmt: amount, salesSerial, ...rest }
  }
  if (medical) {
    const empty = { cardAmount: 0, cashAmount: 0, etcAmount: 0, salesSerial: '', facilitatorNumber: '' }
    return { device: 'p3mixMedical', ...empty, ...medical }
  }
  return goods ? { device: 'p3mixGoods', ...goods } : { device: 'p3mixHotel', ...hotel }
}

/** The steps that begin something: an operation, or a promise of an answer. */
const begin = {
  approve: (sale) => terminal.approve(sale),
  approveEasyPay: (sale) => terminal.approveEasyPay(sale),
  cancel: async (asked) => terminal.cancel(await cancelled(asked)),
  cancelEasyPay: async (asked) => terminal.cancelEasyPay(await cancelled(asked)),
  issueCashReceipt: ({ expenseProof, ...receipt }) =>
    terminal.issueCashReceipt({ ...receipt, ...(expenseProof && { traderType: 'expenseProof' }) }),
  cancelCashReceipt: async ({ of, identifier }) => terminal.cancelCashReceipt(await approval(of), { identifier }),
  issueTaxRefund: (asked) => terminal.issueTaxRefund(slip(asked)),
  cancelTaxRefund: async (asked) => terminal.cancelTaxRefund(await serial(asked)),
  inquireTaxRefund: async (asked) => ({ answer: terminal.inquireTaxRefund(await serial(asked)) }),
  salesTotals: ({ from, to }) => ({ answer: terminal.salesTotals(from, to) }),
  downloadCodes: () => ({ answer: terminal.downloadCodes() }),
  lastTransaction: () => ({ answer: terminal.lastTransaction() }),
  print: (lines) => {
    const commands = lines.map((line) => ({ command: 'left', fontSize: 20, message: [line] }))
    return { answer: terminal.print({ fontFamily: 'Noto Sans Korean', alert: false, commands }) }
  },
}

/** The steps that are done at once. */
const other = {
  requestCancel: (of) => {
    const { operation } = thing(of)
    if (!operation) throw new Error(`${of} does not run`)
    operation.requestCancel()
    return {}
  },
  stopWatching: (of) => {
    things.delete(of)
    return {}
  },
  waitFor: async ({ of, event }, seconds) => ({ seen: (await within(sees(of, event), seconds)) ?? false }),
  overrideUnknown: ({ of, verdict, reason }) => {
    const { operation, recorded } = thing(of)
    const id = operation?.id ?? recorded?.intent.ptxid
    return answered(terminal.overrideUnknown(id, verdict, reason))
  },
  acceptJournal: (reason) => answered(terminal.acceptJournal(reason)),
}

async function sees(of, code) {
  const watched = of === undefined ? events : thing(of).operation.events()
  for (;;) {
    // Not `for await`: the terminal's events are not over when one was seen.
    const { done, value } = await watched.next()
    if (done) return false
    if (value.code !== code) continue
    if (of !== undefined) await watched.return()
    return true
  }
}

async function answered(said) {
  try {
    await said
    return {}
  } catch (error) {
    return { refused: shown(error) }
  }
}

async function step({ step: { as: name, ...actions }, within: seconds }) {
  const [[action, given]] = Object.entries(actions)
  if (other[action]) return other[action](given, seconds)
  if (!begin[action]) throw new Error(`${action} is nothing that an adapter does`)
  let begun
  try {
    const result = await begin[action](given)
    begun = result instanceof Operation ? { operation: result } : { question: asked(result.answer) }
  } catch (error) {
    begun = { refused: shown(error) }
  }
  if (name !== undefined) things.set(name, begun)
  return { id: begun.operation?.id, refused: begun.refused }
}

const asked = (answer) =>
  answer.then(
    (value) => ({ answer: value ?? {} }),
    (error) => ({ error: shown(error) }),
  )

async function expect({ of, resolution, within: seconds }) {
  const { operation, recorded, refused, question } = thing(of)
  if (refused) return { refused }
  if (question) {
    const found = await within(question, seconds)
    if (found === undefined) throw new Error(`${of} was not answered in time`)
    return found
  }
  if (recorded) {
    const outcome = recorded.outcome ?? undefined
    return { id: recorded.intent.ptxid, outcome, resolution: outcome && { final: outcome } }
  }
  const until = performance.now() + seconds * 1_000
  const seen = { id: operation.id, outcome: await within(operation.outcome(), seconds), events: [] }
  if (resolution) {
    const found = await within(operation.resolution(), (until - performance.now()) / 1_000)
    if (found) seen.resolution = { [found.kind]: found.kind === 'operator' ? found.verdict : found.outcome }
  }
  const watched = operation.events()
  for (;;) {
    const next = await within(watched.next(), 0.05)
    if (next === undefined || next.done) break
    seen.events.push(next.value)
  }
  await watched.return()
  return seen
}

const commands = {
  hello: () => ({
    language: 'node',
    clients: ['async'],
    lines: process.platform === 'win32' ? ['tcp', 'foreign'] : ['tcp', 'serial', 'foreign'],
  }),
  open,
  step,
  expect,
  pending: () => ({ ids: terminal.pending().map(({ id }) => id) }),
  history: () => ({
    entries: terminal.history().map(({ intent, outcome, overridden, cancellations, net }) => {
      return { id: intent.ptxid, outcome, overridden: overridden?.verdict ?? null, cancellations, net }
    }),
  }),
  close: async () => {
    things.clear()
    const closing = terminal
    terminal = undefined
    await events?.return()
    if (closing && !(await closing.close())) throw new Error('the terminal did not close in its time')
  },
}

for await (const line of createInterface(process.stdin)) {
  let answer
  try {
    const command = JSON.parse(line)
    answer = { ok: true, ...(await commands[command.do](command)) }
  } catch (error) {
    answer = { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit(0)
