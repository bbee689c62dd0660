import type { EntraGuardStep } from '@entraguard/core'
import type { ExplainedClaim, Explanation, Finding, Verdict } from '@entraguard/core/explain'

import { adviceOf } from './advice.ts'
import { exitCodes, painter, printable, wrapped, writeJson, type Terminal } from './terminal.ts'

const steps = [
  'parse',
  'authority',
  'metadata',
  'signing-key',
  'signature',
  'claims',
] as const satisfies readonly EntraGuardStep[]

type StepOutcome = 'passed' | 'failed' | 'not reached'

interface Result {
  readonly step: string
  readonly outcome: StepOutcome
}

function resultsOf(verdict: Verdict | undefined): readonly Result[] {
  const failedAt =
    verdict?.accepted === true ? steps.length : steps.findIndex((step) => step === (verdict?.step ?? 'parse'))
  return steps.map((step, index) => ({
    step,
    outcome: index < failedAt ? 'passed' : index === failedAt ? 'failed' : 'not reached',
  }))
}

/** Prints what was found, and gives the exit code. */
export function report(
  { text, ...explanation }: Explanation,
  {
    json = false,
    verbose = false,
  }: { readonly json?: boolean | undefined; readonly verbose?: boolean | undefined },
  terminal: Terminal,
): number {
  const { verdict } = explanation
  const accepted = verdict?.accepted === true
  const undecided = verdict?.status === 503
  const results = resultsOf(verdict)
  if (json) writeJson(terminal, { accepted, steps: results, ...explanation })
  else {
    const word = accepted ? 'ACCEPTED' : undecided ? 'UNDECIDED' : 'REFUSED'
    const colour = accepted ? 'green' : undecided ? 'yellow' : 'red'
    const paint = painter(terminal)
    const lines = summaryOf(explanation, word, results, terminal)
    terminal.stdout.write(lines.replace(word, paint('bold', paint(colour, word))))
    terminal.stdout.write(
      verbose ? `\n${text.trimEnd()}\n` : '\n--verbose shows every finding and every claim.\n',
    )
  }
  return accepted ? exitCodes.done : undecided ? exitCodes.undecided : exitCodes.refused
}

/** The fact first, then what to do, then what the token is. It fits on a screen. */
function summaryOf(
  { summary, findings, claims }: Omit<Explanation, 'text'>,
  word: string,
  results: readonly Result[],
  terminal: Terminal,
): string {
  const [cause, ...others] = findings
  if (cause === undefined) return `${word} ${summary}\n`
  const block = (label: string, text: string): string => wrapped(terminal, label.padEnd(12), text)
  const accepted = results.every(({ outcome }) => outcome === 'passed')
  const [kind = ''] = /^.*?\.(?= The verifier|$)/.exec(summary) ?? [summary]
  return [
    `${wrapped(terminal, '', `${word} ${cause.code === undefined ? '' : `${cause.code}: `}${factOf(cause)}`)}\n`,
    block('What to do', adviceOf(cause)),
    factOf(cause) === cause.meaning ? '' : block('Why', cause.meaning),
    // Without the first one the API would refuse it for these.
    ...others
      .filter(({ severity }) => severity === (accepted ? 'warning' : 'error'))
      .slice(0, 1)
      .map((finding) => block(accepted ? 'But' : 'And', factOf(finding))),
    block('More', cause.link),
    '\n',
    block('Token', kind),
    ...shownClaims(claims).map(({ name, value, relative }) => block(`  ${name}`, relative ?? shown(value))),
    block('Steps', stepsText(results)),
  ].join('')
}

/** What was seen; of a refusal without a finding of its own, what it says. */
const factOf = ({ id, seen, meaning }: Finding): string => (id === 'refused' ? meaning : seen)

/** The claims that most refusals are about, and who calls. */
const decidingClaims = ['aud', 'iss', 'exp', 'scp', 'roles']

const shownClaims = (claims: readonly ExplainedClaim[]): readonly ExplainedClaim[] =>
  decidingClaims.flatMap((name) => claims.filter((claim) => claim.name === name))

/** A value longer than this is not what people look for. */
const longestValue = 120

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return printable(text.length > longestValue ? `${text.slice(0, longestValue)}…` : text)
}

function stepsText(results: readonly Result[]): string {
  const of = (outcome: StepOutcome): string =>
    results
      .filter((result) => result.outcome === outcome)
      .map(({ step }) => step)
      .join(', ')
  return (['passed', 'failed', 'not reached'] as const)
    .filter((outcome) => of(outcome) !== '')
    .map((outcome) => `${outcome}: ${of(outcome)}`)
    .join('; ')
}
