// The same from CommonJS.
import danmal = require('danmal')

async function pay(): Promise<string> {
  const terminal = await danmal.Terminal.connect('simulator:', { inMemory: true })
  try {
    const outcome: danmal.Outcome = await terminal.approve({ amount: 15_000 }).outcome()
    return outcome.kind === 'approved' ? outcome.approvalNo : outcome.text.ko
  } finally {
    await terminal.close()
  }
}

export = { pay }
