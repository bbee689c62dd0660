import type { Sample } from './load.ts'

/** What was counted while one fault held, and after it. */
export interface Figures {
  readonly fault: string
  /** `warm`: the API had keys when the fault began, and they were due for a refresh. `cold`: it had none. */
  readonly situation: 'warm' | 'cold'
  /** Seconds for which the fault held, by the clock of the API. */
  readonly lasted: number
  /** Requests of callers. */
  readonly sent: number
  /** Forged tokens that got in. */
  readonly wrongAccepts: number
  /** Answers to valid tokens that were neither 200 nor 503. */
  readonly validDenied: number
  /** Answers to valid tokens that were 503 or none. */
  readonly validUnserved: number
  /** Requests without an answer. */
  readonly unanswered: number
  /** Answers 5xx other than 503. */
  readonly crashes: number
  /** Milliseconds, of a valid token's request. */
  readonly worstLatency: number
  /** Milliseconds, of the median valid token's request. */
  readonly medianLatency: number
  /** Requests of the API to the identity provider while the fault held. */
  readonly asked: number
  /** Requests of the API to the identity provider, until it had recovered. */
  readonly providerRequests: number
  /** Milliseconds from the end of the fault to the first request served that needed a new document. */
  readonly recovery: number | undefined
  /** Bytes, of the largest document, after decompression, that the API read before it gave up. */
  readonly mostRead: number
}

/** Requests that a fault has to meet before it is over. */
export const enough = 20

export function countSamples(
  samples: readonly Sample[],
): Pick<
  Figures,
  | 'sent'
  | 'wrongAccepts'
  | 'validDenied'
  | 'validUnserved'
  | 'unanswered'
  | 'crashes'
  | 'worstLatency'
  | 'medianLatency'
> {
  const count = (fits: (sample: Sample) => boolean): number => samples.filter(fits).length
  const valid = samples.filter(({ kind }) => kind === 'valid')
  const latencies = valid.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
  return {
    sent: samples.length,
    wrongAccepts: count(({ kind, status }) => kind === 'forged' && status === 200),
    validDenied: valid.filter(({ status }) => status !== 200 && status !== 503 && status !== 0).length,
    validUnserved: valid.filter(({ status }) => status === 503 || status === 0).length,
    unanswered: count(({ status }) => status === 0),
    crashes: count(({ status }) => status >= 500 && status !== 503),
    worstLatency: latencies.at(-1) ?? 0,
    medianLatency: latencies[Math.floor(latencies.length / 2)] ?? 0,
  }
}

const header = [
  'fault',
  'keys known',
  'requests',
  'wrong accepts',
  'valid: 401/403',
  'valid: 503',
  'median ms',
  'worst ms',
  'to provider',
  'recovered after ms',
  'read of a document, kB',
]

/** A row for each fault and situation. */
export function toMarkdown(rows: readonly Figures[]): string {
  const cells = rows.map((row) => [
    row.fault,
    row.situation === 'warm' ? 'yes' : 'no',
    row.sent,
    row.wrongAccepts,
    row.validDenied,
    row.validUnserved,
    row.medianLatency.toFixed(1),
    Math.round(row.worstLatency),
    row.providerRequests,
    row.recovery === undefined ? 'never' : Math.round(row.recovery),
    (row.mostRead / 1024).toFixed(0),
  ])
  const lines = [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...cells]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

/** The faults of one way into the API together: a row for each situation. */
export function toTotals(door: string, rows: readonly Figures[]): readonly string[] {
  return (['warm', 'cold'] as const).map((situation) => {
    const those = rows.filter((row) => row.situation === situation)
    const sum = (count: (row: Figures) => number): number =>
      those.reduce((total, row) => total + count(row), 0)
    const cells = [
      door,
      situation === 'warm' ? 'yes' : 'no',
      those.length,
      sum(({ sent }) => sent),
      sum(({ wrongAccepts }) => wrongAccepts),
      sum(({ validDenied }) => validDenied),
      sum(({ validUnserved }) => validUnserved),
      Math.round(Math.max(...those.map(({ worstLatency }) => worstLatency))),
    ]
    return `| ${cells.join(' | ')} |`
  })
}
