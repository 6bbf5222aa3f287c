/**
 * danmal for Node and Electron: card payments on a Korean payment terminal that are never charged twice.
 *
 * @packageDocumentation
 */

export { DanmalError } from './errors'
export type { ErrorCode } from './errors'
export { Operation } from './operation'
export { previewSvg, previewText, receipt, splitVat } from './paper'
export type { Paper, PrintCommand, ReceiptOptions, VatSplit } from './paper'
export type * from './records'
export { dataFolder, doctor, serialPorts, Terminal, version } from './terminal'
export type { Cancellable, MoneyOptions, TerminalOptions } from './terminal'
export type { Connection, ConnectionEvents, Transport } from './transport'
