/** An operation: a thing that exists by itself. Awaiting it is awaiting its outcome; watching it is optional. */

import { calling } from './errors'
import { loop, many, once } from './loop'
import type { NativeOperation } from './native'
import type { Event, Intent, Kind, Outcome, Resolution } from './records'

/** An operation that a terminal runs, or that an earlier run left open. Letting go of it stops nothing. */
export class Operation {
  readonly #native: NativeOperation
  #intent: (Intent & { replayed: string | null }) | undefined

  /** @internal */
  constructor(native: NativeOperation) {
    this.#native = native
  }

  /** The operation's id, its ptxid on the wire. */
  get id(): string {
    return this.#native.id
  }

  /** What was asked. */
  get kind(): Kind {
    return this.intent.kind
  }

  /** What was asked, as the journal keeps it. */
  get intent(): Intent {
    return this.#shown
  }

  /** When it began, if it was handed out again for the same key. */
  get replayed(): string | undefined {
    return this.#shown.replayed ?? undefined
  }

  get #shown(): Intent & { replayed: string | null } {
    this.#intent ??= JSON.parse(this.#native.intent()) as Intent & { replayed: string | null }
    return this.#intent
  }

  /** Its events from the beginning, until the outcome settles. Leaving the loop stops nothing. */
  events(): AsyncIterableIterator<Event> {
    return many<Event>(() => this.#native.events(loop), true)
  }

  /**
   * The outcome. It is never an error: `unknown` and `notPerformed` are outcomes. Of an operation that was handed
   * out by key or by `pending()` it is its state at that moment.
   */
  outcome(): Promise<Outcome> {
    return once<Outcome>(() => this.#native.outcome(loop))
  }

  /** What recovery or an operator finds out in the end. */
  resolution(): Promise<Resolution> {
    return once<Resolution>(() => this.#native.resolution(loop))
  }

  /** Asks the terminal to stop it. Whether it did is what the outcome says. */
  requestCancel(): void {
    calling(() => {
      this.#native.requestCancel()
    })
  }
}
