// The types against what they describe: the names of the core's enums, and records that a terminal really gave.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { doctor, receipt, serialPorts, splitVat } from 'danmal'
import { all, options, simulator, till } from './common.mjs'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const { options: strict } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path('types/tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  path('types'),
)

/** A program of one more file in the folder of the types, which is nowhere but here. */
function program(text) {
  const name = path('types/records.mts')
  const host = ts.createCompilerHost(strict)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (file) => file === name || fileExists(file)
  host.readFile = (file) => (file === name ? text : readFile(file))
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, strict.target, true) : getSourceFile(file, ...rest)
  const made = ts.createProgram([name], strict, host)
  return { made, source: made.getSourceFile(name) }
}

const model = (file) => readFileSync(path(`../../core/model/src/${file}`), 'utf8')

/** The names on the wire of an enum of the core. */
function variants(file, name) {
  const [, body] = new RegExp(`pub enum ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(model(file))
  const found = body.matchAll(/(?:rename = "(\w+)"\)\]\n)?^ {4}([A-Z]\w*)/gm)
  const names = [...found].map(([, renamed, name]) => renamed ?? name[0].toLowerCase() + name.slice(1))
  return new Set(names)
}

test('the names of the core are those of the types', () => {
  const pairs = [
    ['error.rs', 'ErrorCode', 'ErrorCode'],
    ['event.rs', 'EventCode', 'EventCode'],
    ['kind.rs', 'Kind', 'Kind'],
    ['outcome.rs', 'Outcome', "Outcome['kind']"],
    ['outcome.rs', 'StoppedBy', "Aborted['by']"],
    ['outcome/not_performed.rs', 'NotPerformedReason', "NotPerformed['reason']"],
    ['outcome.rs', 'UnknownWhy', "Unknown['why']"],
    ['outcome.rs', 'Resolving', "Unknown['resolving']"],
    ['outcome/alarm.rs', 'Alarm', "Alarm['alarm']"],
    ['record.rs', 'Verdict', 'Verdict'],
    ['record.rs', 'Source', "Seen['source']"],
    ['status.rs', 'Work', "Status['state']"],
    ['status.rs', 'Capability', 'Capability'],
    ['request.rs', 'TraderType', 'TraderType'],
    ['request.rs', 'TaxRefund', "TaxRefund['device']"],
    ['money.rs', 'AmountConvention', "NonNullable<Profile['amountConvention']>"],
    ['profile.rs', 'ConfirmPolicy', "NonNullable<Profile['confirm']>"],
    ['frame_rules.rs', 'FrameMode', "NonNullable<FrameRules['mode']>"],
    ['frame_rules.rs', 'BodyText', "NonNullable<FrameRules['bodyText']>"],
    ['frame_rules.rs', 'SendText', "NonNullable<FrameRules['sendText']>"],
    ['frame_rules.rs', 'LengthRule', "NonNullable<FrameRules['lengthCounts']>"],
    ['paper/command.rs', 'PrintCommand', "PrintCommand['command']"],
  ]
  const types = [...new Set(pairs.map(([, , type]) => /[A-Z]\w+(?=\[|$)/.exec(type.replace('NonNullable<', ''))[0]))]
  const lines = pairs.map(([, , type], number) => `export type T${number} = ${type}`)
  const { made, source } = program(`import type { ${types.join(', ')} } from 'danmal'\n${lines.join('\n')}\n`)
  const checker = made.getTypeChecker()
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source))
  for (const [number, [file, name, type]] of pairs.entries()) {
    const found = checker.getDeclaredTypeOfSymbol(exported.find((symbol) => symbol.name === `T${number}`))
    const literals = found.isUnion() ? found.types : [found]
    assert.deepEqual(new Set(literals.map(({ value }) => value)), variants(file, name), type)
  }
})

test('the records that a terminal gives are what the types say', async (t) => {
  const address = simulator()
  const given = options()
  const terminal = await till(t, address, given)
  const seen = []
  const see = (type, ...records) => records.forEach((record) => seen.push([type, record]))
  const pay = async (operation) => {
    see('Event', ...(await all(operation.events())))
    const outcome = await operation.outcome()
    see('Outcome', outcome)
    see('Intent', operation.intent)
    see('Resolution', await operation.resolution())
    return outcome
  }
  see('Diagnosis', await doctor(address, given), await doctor(simulator(), given))
  const sale = await pay(terminal.approve({ amount: 15_000, tax: 1_363, order: 'R-1', installment: 3 }))
  see('Paper', receipt(sale))
  await pay(terminal.cancel(sale))
  for (const amount of [1_004, 1_011, 1_030, 1_050, 1_070]) await pay(terminal.approve({ amount }))
  await pay(terminal.approveEasyPay({ amount: 3_000 }))
  await pay(terminal.issueCashReceipt({ amount: 3_000, identifier: '01012345678', traderType: 'incomeDeduction' }))
  const goods = await pay(terminal.issueTaxRefund({ device: 'p3mixGoods', salesSerial: '1' }))
  see('TaxRefundSlip', await terminal.inquireTaxRefund(goods.slip.taxrefundSerial))
  see('LastTransaction', await terminal.lastTransaction())
  see('SalesTotals', await terminal.salesTotals('20261101', '20261130'))
  see('CodeTable', await terminal.downloadCodes())
  see('HistoryEntry', ...terminal.history())
  see('Status', terminal.status())
  see('Capabilities', terminal.capabilities())
  see('SerialPort', ...serialPorts())
  see('VatSplit', splitVat(11_000))
  const types = [...new Set(seen.map(([type]) => type))]
  const lines = seen.map(([type, record], number) => `export const r${number}: ${type} = ${JSON.stringify(record)}`)
  const { made } = program(`import type { ${types.join(', ')} } from 'danmal'\n${lines.join('\n')}\n`)
  const wrong = ts.getPreEmitDiagnostics(made).map(({ messageText, start, file }) => {
    const { line } = file.getLineAndCharacterOfPosition(start)
    return `${ts.flattenDiagnosticMessageText(messageText, '\n')}\n  ${lines[line - 1]?.slice(0, 400)}`
  })
  assert.deepEqual(wrong, [])
})
