/**
 * The records of danmal. They are plain data: they survive structured clone and Electron's IPC. Amounts are whole
 * won, times are ISO 8601 in UTC.
 */

import type { ErrorCode } from './errors'

/** A sentence for the screen. */
export interface Text {
  /** Korean. */
  readonly ko: string
  /** English. */
  readonly en: string
}

/** What an operation asks of the terminal. */
export type Kind =
  | 'cardApproval'
  | 'cardCancellation'
  | 'easyPayApproval'
  | 'easyPayCancellation'
  | 'cashReceiptIssue'
  | 'cashReceiptCancellation'
  | 'taxRefundIssue'
  | 'taxRefundCancellation'

/** What every outcome says of its operation. */
export interface About {
  /** The operation's id, its ptxid on the wire. */
  readonly id: string
  /** What was asked. */
  readonly operation: Kind
  /** Play money: the terminal is a simulator (모의). */
  readonly simulated: boolean
  /** When the operation began, if this outcome was handed out again for the same key. */
  readonly replayed?: string
  /** One sentence for the screen. */
  readonly text: Text
}

/** Something that a person should look at. */
export type Alarm =
  | {
      /** The approved amount or a part of it is not what was asked. */
      readonly alarm: 'amountDiffers'
      /** The wire's name of the field. */
      readonly field: string
      /** What was asked, won. */
      readonly asked: number
      /** What was answered, won. */
      readonly answered: number
    }
  | {
      /** The terminal's record of the approval differs from its answer. */
      readonly alarm: 'recordDiffers'
      /** The wire's name of the field. */
      readonly field: string
    }
  | { readonly alarm: 'amountMissing' | 'lateApproval' | 'foreignReversal' | 'overrideContradicted' }
  | {
      readonly alarm: 'assumptionBroken'
      /** `A1` to `A6`. */
      readonly assumption: string
    }

/** The slip of a tax refund (환급전표). */
export interface TaxRefundSlip {
  readonly refundSerial: string
  /** Medical answers have none. */
  readonly taxrefundSerial: string
  readonly refundDate: string
  readonly refundTime: string
  /** What is refunded, won. */
  readonly refundBalance: number
  readonly resCode: string
  readonly resMessage: string
  readonly resMessageTaxrefund: string
  /** The store's messages and numbers, by the wire's names. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The terminal's own fields of an approval (승인), or of an approved cancellation. */
export interface ApprovalRecord {
  readonly id: string
  readonly operation: Kind
  readonly simulated: boolean
  readonly replayed?: string
  /** When the outcome was known, by this machine's clock. */
  readonly at: string
  /** What was asked, won. */
  readonly requested: number
  /** Exactly as answered, won. A cancellation echoes it. */
  readonly approvalAmt: number
  readonly taxAmt: number | null
  readonly tipAmt: number | null
  readonly taxFreeAmt: number | null
  /** Instalment months as answered. */
  readonly installment: number | null
  /** The approval number (승인번호). */
  readonly approvalNo: string
  /** The terminal's transaction number (거래번호). */
  readonly transactionNo: string
  /** Exactly as the terminal wrote it. */
  readonly transactionDate: string
  /** 가맹점번호. */
  readonly merchantCode: string
  /** 발급사. */
  readonly issuerCode: string
  readonly issuerName: string
  /** 매입사. */
  readonly acquirerCode: string
  readonly acquirerName: string
  /** Masked by danmal itself; absent after a restart, it is never journaled. */
  readonly maskedCard?: string
  /** The easy-pay service that was used. */
  readonly serviceCode?: string
  /** `pointAmt1` to `pointAmt3` of easy pay, won. */
  readonly points: readonly [number | null, number | null, number | null]
  /** Of a cash receipt. */
  readonly receiptTitle?: string
  /** Of a cash receipt: `1` income deduction, `2` proof of expense. */
  readonly traderType?: string
  readonly slip?: TaxRefundSlip
  /** The order it was asked under. */
  readonly order?: string
  /** Somebody asked to stop it, and the approval was faster. */
  readonly cancelRequested: boolean
  /** What does not fit and a person should look at. */
  readonly alarms?: readonly Alarm[]
  /** Fields of the answer that the catalogue does not know, by the wire's names. Never journaled. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** What was asked stands: the sale, or for a cancellation the cancellation. */
export interface Approved extends ApprovalRecord {
  readonly kind: 'approved'
  readonly text: Text
  /** The sentences of its alarms, in their order. */
  readonly alarmTexts?: readonly Text[]
}

/** What a declined payment's code means. */
export type DeclineReason = 'refused' | 'terminalBusy'

/** The terminal or the host said no. Nothing stands. */
export interface Declined extends About {
  readonly kind: 'declined'
  /** What the code means: `terminalBusy` took nothing on and may be asked again once it is free. */
  readonly reason: DeclineReason
  /** The terminal's result code, shown and not interpreted. */
  readonly code: string
  /** The terminal's message. */
  readonly message: string
  readonly alarms?: readonly Alarm[]
}

/** Stopped by the cashier or the customer, or the signature timed out. Nothing stands. */
export interface Aborted extends About {
  readonly kind: 'aborted'
  readonly by: 'tillBeforeSending' | 'terminal'
  /** The till had asked for it. */
  readonly cancelRequested: boolean
  readonly message: string
}

/** Why nothing was performed. */
export type NotPerformedReason =
  | { readonly reason: 'noConnection' | 'journalUnavailable' | 'safeMode' | 'cannotBeSaid'; readonly detail: string }
  | {
      readonly reason: 'terminalSilent' | 'notSent' | 'absent' | 'wrongJournal' | 'approvalNotProven' | 'closed'
    }
  | {
      readonly reason: 'busy' | 'unresolved' | 'stopPending'
      /** The id of the operation that is in the way. */
      readonly blockedBy: string
    }
  | { readonly reason: 'heldByAnotherTill' | 'journalHeld'; readonly holder: string }
  | { readonly reason: 'keyReused' | 'alreadyCancelled'; readonly by: string }

/** Not sent, or proven absent. Safe to ask again once the reason is gone. */
export type NotPerformed = About & { readonly kind: 'notPerformed' } & NotPerformedReason

/** Approved, and then undone by terminal or host, by their own word (망취소). Nothing stands. */
export interface Reversed extends About {
  readonly kind: 'reversed'
  readonly code: string
  readonly message: string
  /** The approval that was undone, where it was seen. */
  readonly approval?: ApprovalRecord
}

/** It may have been charged and may not. Do not ask for the money again. It is a value, never an error. */
export interface Unknown extends About {
  readonly kind: 'unknown'
  readonly why:
    | 'connectionLost'
    | 'noAnswer'
    | 'unreadableAnswer'
    | 'notProven'
    | 'confirmPending'
    | 'journalFailed'
    | 'restarted'
    | 'slipAnswerLost'
    | 'slipResultUnclear'
    | 'internalFault'
  /** How it will be resolved. */
  readonly resolving: 'byItself' | 'operatorAfterFence' | 'operator'
  /** The approval that was seen, where one was. It is not proven. */
  readonly approval?: ApprovalRecord
  readonly seenCode?: string
  readonly seenMessage?: string
  /** What the cashier does now. */
  readonly nextStep: Text
}

/** The result of an operation. Only `unknown` is not final: recovery goes on behind it. */
export type Outcome = Approved | Declined | Aborted | NotPerformed | Reversed | Unknown

/** What an operator says of an unresolved operation. */
export type Verdict = 'performed' | 'notPerformed' | 'undecided'

/** What became of an operation in the end. */
export type Resolution =
  | { readonly kind: 'final'; readonly outcome: Outcome }
  /** An operator's word, which is never final. */
  | { readonly kind: 'operator'; readonly verdict: Verdict }
  /** The terminal was closed before anybody knew: the next start goes on. */
  | { readonly kind: 'stillUnknown'; readonly outcome: Outcome }

/** A stable code for each kind of event, the same in every language. A newer danmal may have more. */
export type EventCode =
  | 'waitingForConnection'
  | 'waitingForEarlier'
  | 'checkingTerminal'
  | 'recorded'
  | 'sent'
  | 'signatureWait'
  | 'stillProcessing'
  | 'answered'
  | 'confirming'
  | 'stopRequested'
  | 'stopRefused'
  | 'stopAcknowledged'
  | 'connectionLost'
  | 'recovering'
  | 'unresolved'
  | 'finished'
  | 'overridden'
  | 'orderStartsAnew'
  | 'alarm'
  | 'foreignFrame'
  | 'connected'
  | 'disconnected'
  | 'ready'
  | 'recoveringEarlier'
  | 'recoveryProgress'
  | 'safeMode'
  | 'journalAccepted'
  | 'heldByAnotherTill'
  | 'unreadableBytes'
  | 'closed'

/** What a recovery waits for. */
export type RecoveryWait = 'connection' | 'answer' | 'lateApproval' | 'confirmation' | 'journal'

/** How far the recovery of an operation is. */
export interface RecoveryProgress {
  readonly waitsFor: RecoveryWait
  /** When that ends at the latest; left out where only the terminal's return ends it. */
  readonly until?: string
}

/** One event, with its sentence for the screen. */
export interface Event {
  readonly code: EventCode
  readonly at: string
  /** The operation's id, where it is about one. */
  readonly operation?: string
  readonly text: Text
  /** The terminal's result code, where it said one. */
  readonly resultCode?: string
  readonly alarm?: Alarm
  /** For `recoveryProgress`. */
  readonly progress?: RecoveryProgress
  /** For `finished`. */
  readonly outcome?: Outcome
}

/** How a terminal stands. It never contradicts an event that was shown. */
export type Status = {
  /** Whether the connection stands. */
  readonly connected: boolean
  readonly simulated: boolean
  /** The factor on every duration, 1 outside tests. */
  readonly timeScale: number
} & (
  | { readonly state: 'recovering' | 'ready' | 'closed' }
  | { readonly state: 'busy' | 'unresolved'; readonly operation: string }
  | { readonly state: 'safeMode'; readonly detail: string }
  | { readonly state: 'heldByAnotherTill'; readonly holder: string }
)

/** What is known of one ability. */
export type Capability = 'yes' | 'no' | 'unknown'

/** What this terminal is known to do, and what is assumed of it. */
export interface Capabilities {
  readonly printing: Capability
  readonly easyPay: Capability
  readonly cashReceipt: Capability
  readonly taxRefund: Capability
  readonly history: Capability
  readonly salesTotals: Capability
  readonly codes: Capability
  readonly profile: Profile
}

/** What is known, assumed and set of one terminal. What is left out is as for a device that nothing is known of. */
export interface Profile {
  /** What `priceAmt` means. Unset for a device: then tax, tip and tax-free parts are refused by name. */
  readonly amountConvention?: 'total' | 'net' | null
  /** Result codes beside 0010 that do not end a request. */
  readonly interimCodes?: readonly string[]
  /** Codes other than 9999 of which one look at 990001 is enough. */
  readonly finalCodes?: readonly string[]
  /** Codes under which the terminal shows a reversed approval. */
  readonly reversedCodes?: readonly string[]
  readonly confirm?: 'everyFinalAnswer' | 'approvals'
  /** Whether the terminal has 990001. */
  readonly history?: boolean
  readonly abortEndsOriginal?: boolean
  readonly cancellationWithOriginalPtxid?: boolean
  readonly inquiryAsCancellation?: boolean
  /** A1 to A6. */
  readonly assumptions?: Readonly<Record<string, boolean>>
  /** Durations of the rules, milliseconds. */
  readonly durations?: Readonly<Record<string, number>>
}

/** What was going to be asked, durable before the first byte left. */
export interface Intent {
  readonly ptxid: string
  readonly kind: Kind
  readonly at: string
  readonly terminal: string
  readonly simulated: boolean
  readonly amounts: { readonly amount: number; readonly tax: number; readonly tip: number; readonly taxFree: number }
  readonly installment: number
  readonly order?: string
  readonly key?: string
  /** Whether the caller gave the key; otherwise it is the order. */
  readonly keyGiven: boolean
  readonly reference?: ApprovalReference
  readonly original?: string
  /** The slip that it is about. */
  readonly taxRefundSerial?: string
  /** The ptxid on the wire, where it is not the operation's own. */
  readonly wirePtxid?: string
  readonly typed: boolean
}

/** A final answer that was seen under an operation's own id. */
export interface Seen {
  readonly source: 'answer' | 'lastTransaction'
  readonly code: string
  readonly message: string
  readonly approval?: ApprovalRecord
  /** A refusal was seen before this approval. */
  readonly contradicts?: boolean
}

/** One operation of the history. */
export interface HistoryEntry {
  readonly intent: Intent
  /** How it ended; `null` while it runs or is unresolved. */
  readonly outcome: Outcome | null
  /** The answer that was seen of it while it is open. It proves nothing yet. */
  readonly seen: Seen | null
  /** An operator's word, while it is open. */
  readonly overridden: { readonly verdict: Verdict; readonly reason: string } | null
  /** The ids of its cancellations that are approved or open, oldest first. */
  readonly cancellations: readonly string[]
  /** What stands of it, won; `null` while it or a cancellation of it is open. */
  readonly net: number | null
  /** Whether what was asked stands, and no cancellation of it was approved. */
  readonly stands: boolean
}

/** The raw fields of an approval that its cancellation echoes, from the record or typed from a slip. */
export interface ApprovalReference {
  readonly approvalNo: string
  readonly transactionNo: string
  readonly transactionDate: string
  readonly approvalAmt: number
}

/** What a receipt calls the sale, and what keeps a double click from charging twice. */
export interface Labels {
  /** The order's label on the receipt, at most 64 characters. It is also the key where none is given. */
  readonly order?: string
  /** The key against double clicks: while an operation under it runs, is unknown or stands, it is handed out again. */
  readonly key?: string
}

/** What is paid, and its parts. */
export interface Amounts {
  /** All that the customer pays, won: 1 to 999,999,999,999. */
  readonly amount: number
  /** The value added tax within the amount. */
  readonly tax?: number
  /** The tip within the amount. */
  readonly tip?: number
  /** The tax-free part of the amount. */
  readonly taxFree?: number
}

/** A sale by card (신용승인). */
export interface Sale extends Amounts, Labels {
  /** Instalment months (할부): 0, or 2 to 36. */
  readonly installment?: number
}

/** A sale by QR or barcode (간편결제 승인). */
export interface EasyPay extends Sale {
  /** `QRD` by default. */
  readonly serviceCode?: string
}

/** Whom a cash receipt is for: 소득공제 or 지출증빙. */
export type TraderType = 'incomeDeduction' | 'expenseProof'

/** A cash receipt to issue (현금영수증 발급). */
export interface CashReceipt extends Amounts, Labels {
  readonly traderType?: TraderType
  /** Digits only; left out where the customer types it into the terminal. Never journaled. */
  readonly identifier?: string
}

/** A tax-refund slip to issue (환급전표 발행); which fields are sent depends on the device. */
export type TaxRefund = { readonly labels?: Labels } & (
  | {
      readonly device: 't650p'
      readonly mode: string
      readonly paymentType: string
      readonly approvalAmt: number
      readonly salesSerial: number
      readonly qrServiceCode: string
    }
  | {
      readonly device: 'p3mixMedical'
      readonly cardAmount: number
      readonly cashAmount: number
      readonly etcAmount: number
      readonly salesSerial: string
      readonly facilitatorNumber: string
    }
  | { readonly device: 'p3mixGoods'; readonly salesSerial: string }
  | {
      readonly device: 'p3mixHotel'
      /** `yyMMdd`. */
      readonly checkIn: string
      /** `yyMMdd`. */
      readonly checkOut: string
      readonly salesSerial: string
    }
)

/** What the terminal shows as its last transaction (직전거래). */
export interface LastTransaction {
  /** Whether it names no transaction at all. */
  readonly empty: boolean
  readonly resultCode: string
  readonly resultMessage: string
  readonly transaction: ApprovalRecord | null
}

/** One line of the sales totals. */
export interface TotalsLine {
  readonly count: number
  /** Won. */
  readonly price: number
  readonly issuer: number
}

/** Sales totals (매출집계), passed through as the terminal gave them: a hint, not a proof. */
export interface SalesTotals {
  readonly period: string
  readonly approved: TotalsLine
  readonly canceled: TotalsLine
  readonly extra: Readonly<Record<string, unknown>>
}

/** The code table (코드다운로드). */
export interface CodeTable {
  readonly totalCount: number
  readonly codes: readonly {
    readonly code: string
    readonly codeName: string
    readonly groupCode: string
    readonly groupCodeName: string
  }[]
}

/** A serial port of this machine. */
export interface SerialPort {
  readonly path: string
  readonly usb: {
    readonly vid: number
    readonly pid: number
    readonly serial: string | null
    readonly manufacturer: string | null
    readonly product: string | null
  } | null
}

/** Why a terminal did not answer, in the words of `DanmalError`. */
export interface Problem {
  readonly code: ErrorCode
  readonly field?: string | null
  readonly problem: string
  readonly accepted: string
}

/** What was seen of a terminal. */
export interface Diagnosis {
  readonly address: string
  readonly key: string | null
  /** Where the journal of a terminal at this address is. */
  readonly journal: string | null
  readonly holder: string | null
  readonly answered: boolean
  /** Why it did not. */
  readonly problem: Problem | null
  readonly tookMs: number | null
  readonly simulated: boolean | null
  readonly last: LastTransaction | null
  /** What its frames look like. */
  readonly frames: LearntFrame | null
  /** The rules that follow from them, to be pinned. */
  readonly frameRules: FrameRules
  readonly history: boolean | null
  /** All of it, for a person. */
  readonly text: Text
}

/** How often one reading of the length fits. */
export interface LengthTally {
  readonly fits: number
  readonly fails: number
}

/** What was learnt of a device's frames, counted. */
export interface LearntFrame {
  /** Frames with a body. */
  readonly bodies: number
  /** Frames without one. */
  readonly headers: number
  readonly bytes: LengthTally
  readonly characters: LengthTally
  readonly bodyBytes: LengthTally
  readonly bodyCharacters: LengthTally
  /** Frames whose length was not four digits. */
  readonly noLength: number
  /** Bodies in ASCII alone. */
  readonly ascii: number
  readonly utf8: number
  readonly cp949: number
  /** Bodies that were none of these. */
  readonly damaged: number
  /** Bodies behind a byte order mark. */
  readonly marked: number
}

/** The framing of one device. */
export interface FrameRules {
  readonly mode?: 'tolerant' | 'strict'
  readonly bodyText?: 'auto' | 'utf8' | 'cp949'
  readonly sendText?: 'escaped' | 'utf8' | 'cp949'
  readonly lengthCounts?: 'bytes' | 'characters' | 'bodyBytes' | 'bodyCharacters' | 'placeholder'
  readonly maxBody?: number
  readonly maxDepth?: number
}
