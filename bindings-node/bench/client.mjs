// The hand-written client that danmal is compared with: a socket of Node's that exchanges the same frames and compares
// the ptxid, and nothing else. No journal, no recovery, no time-out: what it leaves out is the point.
import { connect } from 'node:net'

export class Client {
  #socket
  #pending = Buffer.alloc(0)
  #answers = []
  #waiting
  #count = 0

  constructor(socket) {
    this.#socket = socket
    socket.on('data', (bytes) => this.#arrived(bytes))
    socket.on('close', () => this.#waiting?.reject(new Error('the connection ended')))
  }

  static connect(host, port) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true }, () => resolve(new Client(socket)))
      socket.once('error', reject)
    })
  }

  /** One approval: 010010, 0010, the answer, 980001, the read-back. */
  async pay(priceAmt) {
    this.#count += 1
    const ptxid = `CPOS-00000000-0000-4000-8000-${this.#count.toString(16).padStart(12, '0')}`
    const request = { priceAmt, taxAmt: 0, tipAmt: 0, taxFreeAmt: 0, installment: 0, ptxid }
    this.#send('010010', JSON.stringify(request))
    let answer = await this.#next()
    while (answer.resultCode === '0010') answer = await this.#next()
    check(answer, ptxid)
    this.#send('980001', '')
    if ((await this.#next()).resultCode !== '0000') throw new Error('not confirmed')
    this.#send('990001', '')
    const shown = await this.#next()
    check(shown, ptxid)
    return answer
  }

  close() {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #send(code, body) {
    this.#socket.write(`${String(body.length + 6).padStart(4, '0')}${code}${body}`)
  }

  #next() {
    const answer = this.#answers.shift()
    if (answer !== undefined) return answer
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  #arrived(bytes) {
    let pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    while (pending.length >= 10) {
      const end = 4 + Number(pending.toString('latin1', 0, 4))
      if (pending.length < end) break
      const answer = JSON.parse(pending.toString('utf8', 10, end))
      pending = pending.subarray(end)
      const waiting = this.#waiting
      this.#waiting = undefined
      if (waiting === undefined) this.#answers.push(answer)
      else waiting.resolve(answer)
    }
    this.#pending = pending
  }
}

function check({ resultCode, data }, ptxid) {
  if (resultCode !== '0000' || data?.ptxid !== ptxid) throw new Error('not ours')
}
