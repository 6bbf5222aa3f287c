/** The event loop of this environment: woken by the native half, it looks at what is waited for. */

import { asDanmalError, calling, DanmalError } from './errors'
import type { ShownError } from './errors'
import { native } from './native'
import type { Awaited, NativeWatch } from './native'

/** Who waits for a watch. `next` is called with each JSON, then with `null`; or once with an error. */
interface Waiting {
  watch: NativeWatch
  next(json: string | null): void
  fail(error: unknown): void
  /** Whether the process stays alive for it. */
  holds: boolean
}

/** Who awaits one thing. */
interface Promised {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const waiting = new Map<number, Waiting>()
const promised = new Map<number, Promised>()
let holding = 0
let alive: NodeJS.Timeout | undefined

/** The longest delay of a timer: it only keeps the process alive. */
const LONGEST = 2_147_483_647

export const loop = new native.NativeLoop(() => {
  const ready = loop.take()
  if (ready === null) return
  for (const [id, value, error] of JSON.parse(ready) as [number, unknown?, ShownError?][]) {
    const awaiting = promised.get(id)
    if (awaiting === undefined) {
      look(id)
      continue
    }
    promised.delete(id)
    hold(-1)
    if (error === undefined) awaiting.resolve(value)
    else awaiting.reject(new DanmalError(error))
  }
})

/** Takes what a watch has. */
function look(id: number): void {
  for (;;) {
    const entry = waiting.get(id)
    if (entry === undefined) return
    let json: string | null | undefined
    try {
      json = entry.watch.poll()
    } catch (error) {
      forget(id)
      entry.fail(asDanmalError(error))
      return
    }
    if (json === undefined) return
    if (json === null) forget(id)
    entry.next(json)
  }
}

/** One timer keeps the process alive while somebody holds it; to make one for each payment would cost more. */
function hold(by: number): void {
  const before = holding
  holding += by
  if (before === 0) {
    alive ??= setInterval(() => undefined, LONGEST)
    alive.ref()
  } else if (holding === 0) {
    alive?.unref()
  }
}

function forget(id: number): void {
  const entry = waiting.get(id)
  if (entry === undefined) return
  waiting.delete(id)
  if (entry.holds) hold(-1)
}

function wait(entry: Waiting): void {
  waiting.set(entry.watch.id, entry)
  if (entry.holds) hold(1)
  look(entry.watch.id)
}

/** The one thing that is awaited. Until it is there, the process stays alive. */
export function once<T>(begin: () => Awaited): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const begun = calling(begin)
    if (typeof begun === 'string') {
      resolve(JSON.parse(begun) as T)
      return
    }
    promised.set(begun, { resolve: resolve as (value: unknown) => void, reject })
    hold(1)
  })
}

/**
 * What a watch brings, one after the other. `holds`: while it is iterated, the process stays alive. Leaving the
 * loop ends the watching, and nothing else.
 */
export function many<T>(begin: () => NativeWatch, holds: boolean): AsyncIterableIterator<T> {
  const watch = calling(begin)
  const arrived: T[] = []
  const asked: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = []
  let over = false
  let started = false
  let failure: { error: unknown } | undefined

  const finish = (): void => {
    over = true
    for (const { resolve } of asked.splice(0)) resolve({ done: true, value: undefined })
  }
  const start = (): void => {
    if (started) return
    started = true
    wait({
      watch,
      holds,
      next(json) {
        if (json === null) {
          finish()
          return
        }
        const value = JSON.parse(json) as T
        const first = asked.shift()
        if (first === undefined) arrived.push(value)
        else first.resolve({ done: false, value })
      },
      fail(error) {
        over = true
        const first = asked.shift()
        if (first === undefined) failure = { error }
        else first.reject(error)
        finish()
      },
    })
  }
  const iterator: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => iterator,
    next() {
      start()
      const value = arrived.shift()
      if (value !== undefined) return Promise.resolve({ done: false, value })
      if (failure !== undefined) {
        const { error } = failure
        failure = undefined
        // Whatever the native half threw is passed on as it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        return Promise.reject(error)
      }
      if (over) return Promise.resolve({ done: true, value: undefined })
      return new Promise((resolve, reject) => asked.push({ resolve, reject }))
    },
    return() {
      started = true
      forget(watch.id)
      watch.end()
      arrived.length = 0
      finish()
      return Promise.resolve({ done: true, value: undefined })
    },
  }
  return iterator
}
