/** An operation: a thing that exists by itself. Awaiting it is awaiting its outcome; watching it is optional. */

import { calling } from './errors'
import { loop, many, once } from './loop'
import type { NativeOperation } from './native'
import type { Event, Intent, Kind, Outcome, Resolution } from './records'

/** An intent as the journal keeps it: with a digest that has more bits than a number here, and that nobody needs. */
type Shown = Intent & { baseline?: unknown }

/** An intent without what is the journal's own. */
export function intentOf(shown: Shown): Intent {
  const { baseline, ...intent } = shown
  return baseline === undefined ? shown : intent
}

/** An operation that a terminal runs, or that an earlier run left open. Letting go of it stops nothing. */
export class Operation {
  readonly #native: NativeOperation
  #asked: { intent: Intent; replayed: string | undefined } | undefined

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
    return this.#shown.intent
  }

  /** When it began, if it was handed out again for the same key. */
  get replayed(): string | undefined {
    return this.#shown.replayed
  }

  get #shown(): { intent: Intent; replayed: string | undefined } {
    if (this.#asked === undefined) {
      const { replayed, ...intent } = JSON.parse(this.#native.intent()) as Shown & { replayed: string | null }
      this.#asked = { intent: intentOf(intent), replayed: replayed ?? undefined }
    }
    return this.#asked
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
