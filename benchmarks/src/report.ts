import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

export interface Section {
  readonly title: string
  readonly text: string
  readonly head: readonly string[]
  readonly rows: ReadonlyArray<readonly string[]>
}

export function toMarkdown({ title, text, ...table }: Section): string {
  return [`## ${title}`, '', text, '', ...tableLines(table), ''].join('\n')
}

/** Columns of one width each: easy to read as text, too. */
function tableLines({ head, rows }: Pick<Section, 'head' | 'rows'>): readonly string[] {
  const widths = head.map((_, index) => Math.max(3, ...[head, ...rows].map((row) => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
}

/** Two decimals, or two digits: 1.13 ×, 0.047 ×. */
export function ratio(value: number, base = Number.NaN): string {
  const quotient = value / base
  return `${quotient < 0.1 ? quotient.toPrecision(2) : quotient.toFixed(2)} ×`
}

export function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

export function machine(): string {
  const [cpu] = cpus()
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
  return (
    `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}, ` +
    `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, commit ${commit}`
  )
}
