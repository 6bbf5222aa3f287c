/** Papers: what the terminal prints, and how it will look. */

import { calling } from './errors'
import { native } from './native'
import type { Amounts, ApprovalReference, Outcome } from './records'

/** One line or mark on the paper. Text sizes are in px, 8 to 72. */
export type PrintCommand =
  | { readonly command: 'logo' | 'line' | 'cuttingLine' | 'br' }
  | { readonly command: 'left' | 'right'; readonly fontSize: number; readonly message: readonly [string] }
  | { readonly command: 'text2'; readonly fontSize: number; readonly message: readonly [string, string] }
  | { readonly command: 'text3'; readonly fontSize: number; readonly message: readonly [string, string, string] }

/** What is printed, from top to bottom. */
export interface Paper {
  readonly fontFamily: string
  readonly alert: boolean
  readonly commands: readonly PrintCommand[]
}

/** What the till says of a receipt. Whether it was play money is not among it: that is the outcome's. */
export interface ReceiptOptions {
  readonly shop?: {
    readonly name?: string
    /** 사업자등록번호. */
    readonly businessNo?: string
    readonly address?: string
    readonly phone?: string
    readonly owner?: string
  }
  /** Print the logo that the terminal holds. */
  readonly logo?: boolean
  /** What was bought, the price of one in won. */
  readonly items?: readonly { readonly name: string; readonly quantity: number; readonly price: number }[]
  /** The parts of the amount as the till computed them. */
  readonly parts?: Amounts
  /** The approval that was undone, for a cancellation's receipt. */
  readonly original?: ApprovalReference
  readonly copy?: 'customer' | 'merchant'
  /** It was printed before (재발행). */
  readonly reprint?: boolean
  readonly language?: 'ko' | 'en'
  /** Lines at the end. */
  readonly footer?: readonly string[]
}

/** The paper of an outcome: a receipt where it is approved, a note that says so otherwise. */
export function receipt(outcome: Outcome, options: ReceiptOptions = {}): Paper {
  const { shop, items, parts, ...others } = options
  const filled = {
    ...others,
    ...(shop && { shop: { name: '', businessNo: '', address: '', phone: '', owner: '', ...shop } }),
    ...(items && { items }),
    ...(parts && { parts: { tax: 0, tip: 0, taxFree: 0, ...parts } }),
  }
  return JSON.parse(calling(() => native.receiptPaper(JSON.stringify(outcome), JSON.stringify(filled)))) as Paper
}

/** A paper as text, in columns of half-width characters. */
export function previewText(paper: Paper, columns = 42): string {
  return calling(() => native.previewText(JSON.stringify(paper), columns))
}

/** A paper as a picture (SVG), so many pixels wide. */
export function previewSvg(paper: Paper, width = 384): string {
  return calling(() => native.previewSvg(JSON.stringify(paper), width))
}

/** A VAT-inclusive price taken apart, and the rule by which it was. */
export interface VatSplit {
  /** The supply value (공급가액). */
  readonly supply: number
  /** The amount with its parts, ready for a sale. */
  readonly amounts: Required<Amounts>
  /** What goes into `priceAmt` under the convention that was named. */
  readonly price: number
  /** The rule in words. */
  readonly rule: string
}

/** Splits a VAT-inclusive price: of the rest after `taxFree` and `tip`, one eleventh is the 10 % tax. */
export function splitVat(
  amount: number,
  options: {
    readonly taxFree?: number
    readonly tip?: number
    /** `down` (절사) by default, or `halfUp` (반올림). */
    readonly rounding?: 'down' | 'halfUp'
    readonly convention?: 'total' | 'net'
  } = {},
): VatSplit {
  const { taxFree = 0, tip = 0, rounding = 'down', convention = 'total' } = options
  return JSON.parse(calling(() => native.splitVat(amount, taxFree, tip, rounding, convention))) as VatSplit
}
