// Measures danmal against the hand-written client, in turns, on prepared answers. Run where the package is installed:
//
// node measure.mjs one ADDRESS ADDRESS    a payment: danmal's and the client's terminal
// node measure.mjs many ADDRESS COUNT     so many terminals at once
// node measure.mjs import                 what importing costs, beside serialport
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from './client.mjs'

const ROUNDS = 15
const PAYMENTS = 300
const WARM = 5
const MANY_ROUNDS = 15

const here = fileURLToPath(new URL('.', import.meta.url))
const danmal = () => createRequire(join(process.cwd(), 'index.js'))('danmal')

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]

const placed = (address) => {
  const [host, port] = address.split(':')
  return { host, port: Number(port) }
}

/** The p50 of one round, and its CPU time for a payment, in microseconds. */
async function round(pay) {
  const times = []
  const before = process.cpuUsage()
  for (let count = 0; count < PAYMENTS; count += 1) {
    const start = performance.now()
    await pay()
    times.push((performance.now() - start) * 1_000)
  }
  const { user, system } = process.cpuUsage(before)
  return { us: median(times), cpu: (user + system) / PAYMENTS }
}

const summary = (rounds, of) => median(rounds.map(of))

async function one(ours, theirs) {
  const { Terminal } = danmal()
  const folder = mkdtempSync(join(tmpdir(), 'danmal-bench-'))
  const terminal = await Terminal.connect(`tcp://${ours}?simulated=true`, { inMemory: true, folder })
  const { host, port } = placed(theirs)
  const client = await Client.connect(host, port)
  const danmalPays = async () => {
    const outcome = await terminal.approve({ amount: 15_000 }).outcome()
    if (outcome.kind !== 'approved') throw new Error(outcome.text.en)
  }
  const clientPays = () => client.pay(15_000)
  for (let count = 0; count < WARM; count += 1) {
    await round(danmalPays)
    await round(clientPays)
  }
  const rounds = []
  for (let count = 0; count < ROUNDS; count += 1) {
    rounds.push({ danmal: await round(danmalPays), net: await round(clientPays) })
  }
  client.close()
  await terminal.close()
  rmSync(folder, { recursive: true })
  return {
    danmal_us: summary(rounds, ({ danmal }) => danmal.us),
    net_us: summary(rounds, ({ net }) => net.us),
    danmal_cpu_us: summary(rounds, ({ danmal }) => danmal.cpu),
    net_cpu_us: summary(rounds, ({ net }) => net.cpu),
    ratio: summary(rounds, ({ danmal, net }) => danmal.us / net.us),
  }
}

async function many(address, count) {
  const { Terminal } = danmal()
  const folder = mkdtempSync(join(tmpdir(), 'danmal-bench-'))
  const { port } = placed(address)
  const hosts = Array.from({ length: count }, (_, number) => `127.1.${Math.floor(number / 250)}.${1 + (number % 250)}`)
  const terminals = hosts.map((host) =>
    Terminal.open(`tcp://${host}:${port}?simulated=true`, { inMemory: true, folder }),
  )
  await Promise.all(terminals.map((terminal) => terminal.lastTransaction()))
  const clients = await Promise.all(hosts.map((host) => Client.connect(host, port)))
  const danmalPays = async () => {
    const outcomes = await Promise.all(terminals.map((terminal) => terminal.approve({ amount: 15_000 }).outcome()))
    if (outcomes.some(({ kind }) => kind !== 'approved')) throw new Error('not approved')
  }
  const clientsPay = () => Promise.all(clients.map((client) => client.pay(15_000)))
  const timed = async (pay) => {
    const start = performance.now()
    await pay()
    return ((performance.now() - start) * 1_000) / count
  }
  for (let warm = 0; warm < WARM; warm += 1) {
    await timed(danmalPays)
    await timed(clientsPay)
  }
  const rounds = []
  for (let number = 0; number < MANY_ROUNDS; number += 1) {
    rounds.push({ danmal: await timed(danmalPays), net: await timed(clientsPay) })
  }
  for (const client of clients) client.close()
  await Promise.all(terminals.map((terminal) => terminal.close()))
  rmSync(folder, { recursive: true })
  return {
    danmal_us: summary(rounds, ({ danmal }) => danmal),
    net_us: summary(rounds, ({ net }) => net),
    ratio: summary(rounds, ({ danmal, net }) => danmal / net),
  }
}

const IMPORT = `
  const [before, start] = [process.memoryUsage().rss, performance.now()]
  require(process.argv[1])
  console.log(JSON.stringify({ ms: performance.now() - start, kib: (process.memoryUsage().rss - before) / 1024 }))
`

function imports() {
  const found = {}
  for (const [name, cwd] of [
    ['danmal', process.cwd()],
    ['serialport', here],
  ]) {
    const runs = Array.from({ length: 7 }, () =>
      JSON.parse(execFileSync(process.execPath, ['-e', IMPORT, name], { cwd, encoding: 'utf8' })),
    )
    found[`${name}_ms`] = summary(runs, ({ ms }) => ms)
    found[`${name}_kib`] = summary(runs, ({ kib }) => kib)
  }
  return found
}

const [what, ...rest] = process.argv.slice(2)
const found = what === 'one' ? await one(...rest) : what === 'many' ? await many(rest[0], Number(rest[1])) : imports()
console.log(JSON.stringify(found))
