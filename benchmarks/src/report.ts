import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

export type Row = readonly (string | number)[]

export interface Section {
  readonly title: string
  readonly text: string
  readonly head: readonly string[]
  readonly rows: readonly Row[]
}

export function toMarkdown({ title, text, head, rows }: Section): string {
  const line = (cells: Row): string =>
    `| ${cells.map((cell) => (typeof cell === 'number' ? format(cell) : cell)).join(' | ')} |`
  return [`## ${title}`, '', text, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join(
    '\n',
  )
}

export function print({ title, head, rows }: Section): void {
  console.log(`\n${title}`)
  console.table(rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index]]))))
}

export function ratio(value: number, base: number): string {
  return `${(value / base).toPrecision(2)} ×`
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
