// A till in a console: node till.mjs [ADDRESS] [AMOUNT]
import { previewText, receipt, Terminal } from 'danmal'

const [address = 'simulator:', amount = '15000'] = process.argv.slice(2)
const terminal = await Terminal.connect(address)
for (const payment of terminal.pending()) {
  // An earlier run ended in the middle of it. It is found out before anything else is paid.
  console.log('확인 중:', payment.id)
  const resolution = await payment.resolution()
  console.log(resolution.kind === 'final' ? resolution.outcome.text.ko : '아직 알 수 없습니다')
}
const payment = terminal.approve({ amount: Number(amount), order: `T-${Date.now()}` })
for await (const event of payment.events()) console.log(event.text.ko)
const outcome = await payment.outcome()
switch (outcome.kind) {
  case 'approved':
    console.log(previewText(receipt(outcome, { shop: { name: '단말 커피' } })))
    break
  case 'unknown':
    console.log('다시 결제하지 마세요:', outcome.nextStep.ko)
    break
  default:
    console.log(outcome.text.ko)
}
await terminal.close()
