// What a till's program looks like to the compiler; it is checked, not run.
import { DanmalError, Terminal } from 'danmal'
import type { Event, Outcome, Sale, Transport } from 'danmal'

const sale: Sale = { amount: 15_000, order: '2024-0007', installment: 3 }

function sentence(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'approved':
      return `${outcome.approvalNo} ${outcome.issuerName} ${outcome.approvalAmt.toFixed()}`
    case 'declined':
      return outcome.message
    case 'aborted':
      return outcome.by
    case 'reversed':
      return outcome.approval?.approvalNo ?? outcome.code
    case 'unknown':
      return outcome.nextStep.ko
    case 'notPerformed':
      switch (outcome.reason) {
        case 'busy':
        case 'unresolved':
        case 'stopPending':
          return outcome.blockedBy
        case 'heldByAnotherTill':
        case 'journalHeld':
          return outcome.holder
        case 'keyReused':
        case 'alreadyCancelled':
          return outcome.by
        case 'noConnection':
        case 'journalUnavailable':
        case 'safeMode':
        case 'cannotBeSaid':
          return outcome.detail
        case 'terminalSilent':
        case 'notSent':
        case 'absent':
        case 'wrongJournal':
        case 'approvalNotProven':
        case 'closed':
          return outcome.text.ko
        default: {
          const none: never = outcome
          return none
        }
      }
    default: {
      const none: never = outcome
      return none
    }
  }
}

export async function pay(transport: Transport, show: (event: Event) => void, signal: AbortSignal): Promise<string> {
  await using terminal = await Terminal.connect(transport, { inMemory: true })
  try {
    const payment = terminal.approve(sale, { signal })
    for await (const event of payment.events()) show(event)
    const outcome = await payment.outcome()
    if (outcome.kind === 'approved') await terminal.cancel(outcome).outcome()
    return sentence(outcome)
  } catch (error) {
    if (error instanceof DanmalError && error.code === 'invalidAmount') return error.field ?? error.accepted
    throw error
  }
}

// @ts-expect-error an amount is a number of won
export const wrongAmount: Sale = { amount: '15000' }
// @ts-expect-error an outcome cannot be taken for an approval
export const overlooked = (outcome: Outcome): string => outcome.approvalNo
