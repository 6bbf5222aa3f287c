// What the main process does: it owns the terminal, pays, and says what the page shows. Nothing here knows Electron.
import { Terminal } from 'danmal'

/** What is sold. The page names an item; its price is known here alone. */
export const menu = [
  { id: 'americano', name: '아메리카노', price: 4_500 },
  { id: 'latte', name: '카페라테', price: 15_000 },
  { id: 'cake', name: '치즈케이크', price: 7_000 },
]

/** What the page shows before anything was paid. */
const idle = { state: 'ready', item: null, lines: [], headline: '메뉴를 고르세요', advice: '' }

/** The headline of an outcome. */
const headlines = {
  approved: '결제되었습니다',
  declined: '거절되었습니다',
  aborted: '결제를 멈추었습니다',
  notPerformed: '결제되지 않았습니다',
  reversed: '승인이 취소되었습니다',
  unknown: '결제 결과를 확인하고 있습니다',
}

/**
 * A kiosk at a terminal. `show` is called with the whole view whenever it changes: plain data, which passes Electron's
 * IPC. A page that is loaded in the middle asks for `view()`.
 */
export async function kiosk(address, options, show) {
  const terminal = await Terminal.connect(address, options)
  let view = { ...idle, connected: terminal.status().connected }
  let paying
  let orders = 0

  function say(more) {
    view = { ...view, ...more }
    show(view)
  }

  /** Follows a payment to its end, however long that takes. */
  async function follow(payment, item) {
    paying = payment
    say({ state: 'paying', item, lines: [], headline: '결제하고 있습니다', advice: '' })
    for await (const { code, text } of payment.events()) {
      if (code !== 'finished') say({ lines: [...view.lines, text.ko] })
    }
    ended(await payment.outcome())
    if (view.state === 'unknown') {
      const resolution = await payment.resolution()
      if (resolution.kind === 'final') ended(resolution.outcome)
    }
    paying = undefined
  }

  function ended(outcome) {
    const advice = outcome.kind === 'unknown' ? `다시 결제하지 마세요. ${outcome.nextStep.ko}` : outcome.text.ko
    say({ state: outcome.kind, headline: headlines[outcome.kind], advice })
  }

  async function watch() {
    for await (const { code } of terminal.events()) {
      if (code === 'connected' || code === 'disconnected') say({ connected: code === 'connected' })
    }
  }

  void watch()
  for (const payment of terminal.pending()) void follow(payment, null)

  return {
    menu: () => menu,
    view: () => view,
    pay(id) {
      const item = menu.find((one) => one.id === id)
      // Two presses are one payment, and while nobody knows whether it was paid nothing else is.
      if (item === undefined || paying !== undefined) return
      orders += 1
      const order = `K-${process.pid}-${orders}`
      void follow(terminal.approve({ amount: item.price, order }), item)
    },
    stop: () => paying?.requestCancel(),
    done() {
      if (paying === undefined) say(idle)
    },
    close: () => terminal.close(),
  }
}
