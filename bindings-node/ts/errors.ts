/** What a call refuses by itself, before anything is sent or journaled. */

import type { Text } from './records'

/** A stable code for each kind of refusal, the same in every language. */
export type ErrorCode =
  | 'invalidAmount'
  | 'invalidInstallment'
  | 'invalidText'
  | 'invalidDate'
  | 'invalidAddress'
  | 'invalidSetting'
  | 'tooLarge'
  | 'conventionUnset'
  | 'closed'
  | 'forked'
  | 'notAllowed'
  | 'notFound'
  | 'timeout'
  | 'connectionLost'
  | 'queueFull'
  | 'refused'
  | 'unreadableAnswer'
  | 'journal'
  | 'heldByAnotherTill'
  | 'internal'

/**
 * What the native half says of a refusal.
 *
 * @internal
 */
export interface ShownError {
  code: ErrorCode
  field?: string | null
  problem: string
  accepted: string
  text: Text
}

/**
 * A call that was refused: which field, what was wrong, what is accepted. It carries no card or personal data.
 *
 * An outcome is never an error: `Unknown` and `NotPerformed` are values.
 */
export class DanmalError extends Error {
  override readonly name = 'DanmalError'
  /** The stable code. */
  readonly code: ErrorCode
  /** The field, in the words of the request, where there is one. */
  readonly field: string | undefined
  /** What was wrong. */
  readonly problem: string
  /** What is accepted, or what to do. */
  readonly accepted: string
  /** A sentence for the screen. */
  readonly text: Text

  /** @internal */
  constructor(shown: ShownError) {
    super(shown.text.en)
    this.code = shown.code
    this.field = shown.field ?? undefined
    this.problem = shown.problem
    this.accepted = shown.accepted
    this.text = shown.text
  }
}

/** An error of the native half as ours: its reason is JSON, unless Node-API itself refused or something panicked. */
export function asDanmalError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DanmalError) return error
  if (error.message.startsWith('{"')) {
    try {
      return new DanmalError(JSON.parse(error.message) as ShownError)
    } catch {
      // Whatever it is, it is not ours.
    }
  }
  const code: unknown = 'code' in error ? error.code : undefined
  if (code !== undefined && code !== 'GenericFailure') {
    return refused('invalidSetting', 'argument', 'of another type', 'what the types say')
  }
  return new DanmalError({
    code: 'internal',
    problem: 'a fault inside danmal',
    accepted: 'connect again: the journal is read and the terminal is asked',
    text: {
      ko: '내부 오류입니다. 단말기를 다시 연결하세요',
      en: 'a fault inside danmal; connect again: the journal is read and the terminal is asked',
    },
  })
}

/** Calls the native half. */
export function calling<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw asDanmalError(error)
  }
}

/** A refusal that is seen before the native half is asked. */
export function refused(code: ErrorCode, field: string, problem: string, accepted: string): DanmalError {
  const en = `${field}: ${problem}; accepted: ${accepted}`
  return new DanmalError({ code, field, problem, accepted, text: { ko: '입력한 값이 올바르지 않습니다', en } })
}
