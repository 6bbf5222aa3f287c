// The examples: the till as a program; of the kiosk this process is the main process, and its page is shown by a real
// browser.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { kiosk } from '../../examples/node/kiosk/kiosk.mjs'
import { options, served, simulator } from './common.mjs'

const page = new URL('../../examples/node/kiosk/page/index.html', import.meta.url).href
const executablePath = process.env.DANMAL_BROWSER
const shown = { timeout: 20_000 }

// `cargo xtask test` says where the browser is, and names this test as skipped where there is none.
const skip = executablePath === undefined && 'DANMAL_BROWSER names no Chromium'

let browser

before(async () => {
  if (skip) return
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
})
after(() => browser?.close())

/** A cable to a simulator: it can be pulled at a byte, and put in again. */
async function cable(t) {
  const { port } = await served((end) => t.after(end))
  const lines = new Set()
  let pulled = false
  let pullAt
  const server = createServer((till) => {
    if (pulled) return till.resetAndDestroy()
    const terminal = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [till, terminal],
      [terminal, till],
    ]) {
      lines.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        lines.delete(one)
        other.destroy()
      })
    }
    terminal.pipe(till)
    till.on('data', (bytes) => {
      terminal.write(bytes)
      // What left the till has reached the terminal; its answer meets no till.
      if (pullAt !== undefined && bytes.includes(pullAt)) setTimeout(pull, 0)
    })
  })
  function pull() {
    pulled = true
    for (const line of lines) line.resetAndDestroy()
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    pull()
    server.close()
  })
  return {
    address: `tcp://127.0.0.1:${server.address().port}?simulated=true`,
    pull,
    pullAfter: (text) => (pullAt = text),
    plug: () => {
      pullAt = undefined
      pulled = false
    },
  }
}

/** The kiosk with its page. What passes between them is cloned, as Electron's IPC does. */
async function opened(t, address, given) {
  const context = await browser.newContext()
  t.after(() => context.close())
  const tab = await context.newPage()
  const faults = []
  tab.on('pageerror', (error) => faults.push(error))
  tab.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  t.after(() => assert.deepEqual(faults, []))
  const showing = []
  const shop = await kiosk(address, given, (view) => {
    const cloned = structuredClone(view)
    assert.deepEqual(cloned, view)
    showing.push(tab.evaluate((data) => window.kioskShows?.(data), cloned).catch(() => undefined))
  })
  t.after(async () => {
    await shop.close()
    await Promise.all(showing)
  })
  await tab.exposeFunction('kioskAsk', (call, what) => structuredClone(shop[call](what)))
  await tab.addInitScript(() => {
    window.kiosk = {
      ask: (call, what) => window.kioskAsk(call, what),
      onView: (show) => (window.kioskShows = show),
    }
  })
  await tab.goto(page)
  await tab.waitForSelector('[data-state=ready]', shown)
  return tab
}

const state = (tab, name) => tab.waitForSelector(`[data-state=${name}]`, shown)

test('a payment is shown in Korean, from its first event to its outcome', { skip }, async (t) => {
  const tab = await opened(t, simulator(), options())
  await tab.getByRole('button', { name: '카페라테 15,000원' }).click()
  await state(tab, 'approved')
  assert.equal(await tab.textContent('#headline'), '결제되었습니다')
  assert.match(await tab.textContent('#advice'), /^승인 \d+/)
  const lines = await tab.locator('#lines li').allTextContents()
  assert(lines.length > 3 && lines.every((line) => /[가-힣]/.test(line)), lines.join('\n'))
  assert(
    lines.some((line) => line.includes('서명')),
    lines.join('\n'),
  )
  await tab.getByRole('button', { name: '처음으로' }).click()
  await state(tab, 'ready')
})

test('the customer stops a payment, and a page that is loaded again shows where it stands', { skip }, async (t) => {
  const tab = await opened(t, simulator(), options({ timeScale: 1 }))
  await tab.getByRole('button', { name: '치즈케이크' }).click()
  await state(tab, 'paying')
  await tab.reload()
  await tab.getByRole('button', { name: '결제 멈추기' }).click()
  await tab.waitForSelector('[data-state=aborted], [data-state=approved]', shown)
  const headline = await tab.textContent('#headline')
  assert(['결제를 멈추었습니다', '결제되었습니다'].includes(headline), headline)
})

test('a cable that is pulled in the middle leaves the page saying what is true', { skip }, async (t) => {
  const line = await cable(t)
  const tab = await opened(t, line.address, options())
  line.pullAfter('010010')
  await tab.getByRole('button', { name: '카페라테' }).click()
  await state(tab, 'unknown')
  // It may have been charged: nobody is asked to pay again, and nobody can.
  assert.equal(await tab.textContent('#headline'), '결제 결과를 확인하고 있습니다')
  assert.match(await tab.textContent('#advice'), /다시 결제하지 마세요/)
  assert.equal(await tab.textContent('#line'), '단말기와 연결되어 있지 않습니다')
  assert.equal(await tab.getByRole('button').count(), 0)
  line.plug()
  await state(tab, 'approved')
  assert.match(await tab.textContent('#advice'), /^승인 \d+/)
  assert.equal(await tab.textContent('#line'), '')
})

test('a cable that is pulled before a payment charges nobody', { skip }, async (t) => {
  const line = await cable(t)
  const tab = await opened(t, line.address, options())
  await tab.waitForFunction(() => document.getElementById('line').textContent === '', undefined, shown)
  line.pull()
  await tab.waitForFunction(() => document.getElementById('line').textContent !== '', undefined, shown)
  await tab.getByRole('button', { name: '카페라테' }).click()
  await state(tab, 'notPerformed')
  assert.equal(await tab.textContent('#headline'), '결제되지 않았습니다')
  line.plug()
  await tab.getByRole('button', { name: '처음으로' }).click()
  await tab.getByRole('button', { name: '카페라테' }).click()
  await state(tab, 'approved')
})

const part = (name) => fileURLToPath(new URL(`../../examples/node/${name}`, import.meta.url))

test('the calls that the page makes are those that the main process takes', () => {
  const text = (name) => readFileSync(part(`kiosk/${name}`), 'utf8')
  const [, list] = /const calls = \[([^\]]*)\]/.exec(text('main.mjs'))
  const asked = [...text('page/kiosk.js').matchAll(/ask\('(\w+)'/g)].map(([, call]) => call)
  assert.deepEqual(new Set(asked), new Set(list.replaceAll(/[' ]/g, '').split(',')))
  assert.match(text('preload.cjs'), /exposeInMainWorld\('kiosk'/)
})

test('the till sells', () => {
  const { folder } = options()
  const env = { ...process.env, XDG_STATE_HOME: folder, ProgramData: folder }
  const said = execFileSync(process.execPath, [part('till.mjs'), 'simulator:', '3000'], { env, encoding: 'utf8' })
  assert.match(said, /승인번호/)
  assert.match(said, /모의 결제/)
})
