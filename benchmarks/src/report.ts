import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

export interface Section {
  readonly title: string
  readonly text: string
  readonly head: readonly string[]
  readonly rows: ReadonlyArray<readonly string[]>
  /** What this section says about the goals of the project. */
  readonly targets?: readonly Target[]
}

export interface Target {
  readonly what: string
  readonly target: string
  readonly measured: string
  /** `undefined` where the spread of the measurement holds both answers. */
  readonly isMet: boolean | undefined
}

const notMeasured = '–'

export function target(what: string, goal: string, measured: string, isMet: boolean | undefined): Target {
  return { what, target: goal, measured, isMet }
}

export function atMost(what: string, limit: number, quotient: number, of: string): Target {
  return target(what, `≤ ${limit} × ${of}`, times(quotient), quotient <= limit)
}

/** The goals first: what was to be shown, and what this run shows. */
export function targetSection(sections: readonly Section[]): Section {
  return {
    title: 'Targets',
    text: 'These are figures of this run, and the tables below have all of them.',
    head: ['case', 'target', 'measured', 'met'],
    rows: sections
      .flatMap(({ targets = [] }) => targets)
      // `--only` leaves some unmeasured.
      .filter(({ measured }) => measured !== notMeasured)
      .map(({ what, target: goal, measured, isMet }) => [what, goal, measured, verdict(isMet)]),
  }
}

export function verdict(isMet: boolean | undefined): string {
  if (isMet === undefined) return 'not decided'
  return isMet ? 'yes' : '**no**'
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
export function times(quotient: number): string {
  if (Number.isNaN(quotient)) return notMeasured
  return `${quotient < 0.1 ? quotient.toPrecision(2) : quotient.toFixed(2)} ×`
}

export function ratio(value: number, base = Number.NaN): string {
  return times(value / base)
}

export function format(value: number): string {
  if (value === 0) return '0'
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

export function machine(): string {
  const [cpu] = cpus()
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
  const changed =
    execFileSync('git', ['status', '--porcelain', '--', 'packages']).length > 0 ? ' with changes' : ''
  const [load] = loadavg()
  return (
    `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}, ` +
    `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, commit ${commit}${changed}; load ${load?.toFixed(2)} at the start`
  )
}
