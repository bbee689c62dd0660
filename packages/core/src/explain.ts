import { aboutCaller } from './explain/about-caller.ts'
import { aboutIdToken, aboutIssuer, aboutMicrosoftApi } from './explain/about-issuer.ts'
import { aboutScheme, aboutShape, encrypted, unreadable } from './explain/about-shape.ts'
import { aboutTime } from './explain/about-time.ts'
import { explainClaims, type ExplainedClaim } from './explain/claim-rows.ts'
import { decodeToken } from './explain/decode.ts'
import { readFacts, type Facts } from './explain/facts.ts'
import type { Finding, FindingId, FindingSeverity } from './explain/finding.ts'
import { toText } from './explain/text.ts'
import { probe, type Verdict } from './explain/verdict.ts'
import { member } from './token/strict-json.ts'
import type { Verifier } from './verifier-interface.ts'

export { claimCatalogue } from './explain/claim-catalogue.ts'
export type { ClaimCatalogueRow, ClaimSafety } from './explain/claim-catalogue.ts'
export { decisionOf } from './explain/decision.ts'
export type { Decision, DecisionFacts } from './explain/decision.ts'
export type { ExplainedClaim } from './explain/claim-rows.ts'
export { findingIds } from './explain/finding.ts'
export type { Finding, FindingId, FindingSeverity } from './explain/finding.ts'
export type { Verdict } from './explain/verdict.ts'

/** Options of {@link explain}: the clock and the time zone for dates. */
export interface ExplainOptions {
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
  /** The time zone of the local dates, for example `Europe/Berlin`. Default: that of the machine. */
  readonly timeZone?: string | undefined
}

/** The result of {@link explain}. Plain data: use `JSON.stringify` for machines and `text` for people. */
export interface Explanation {
  /** One sentence: what kind of token this is, from whom and for whom. */
  readonly summary: string
  /** Errors first, then warnings, then information. The cause of a refusal comes before everything else. */
  readonly findings: readonly Finding[]
  /** The header, row by row. Empty for a token that cannot be read. */
  readonly header: readonly ExplainedClaim[]
  /** The claims, row by row, in the order of the token. Nothing in them was verified. */
  readonly claims: readonly ExplainedClaim[]
  /** What the verifier said, if one was given. */
  readonly verdict?: Verdict
  /** Everything as text for people, without colours, safe to print on a terminal. */
  readonly text: string
}

/**
 * Explains what a token says and why an API would refuse it. Each finding says what was seen, what it means and what to
 * do. Every claim comes with its meaning, its safety class and, for times, the local date.
 *
 * It does **not** verify the token: without a `verifier`, everything that it shows may be forged. It makes no request
 * and never throws, whatever the input. It never shows the signature.
 *
 * With a `verifier` the result is a promise. The token is also passed to that verifier (its `check` runs too), and the
 * findings compare the token with the verifier's configuration and keys. Only the verifier makes requests. If the
 * signing key is unknown, one more request looks for the API's own signing keys (`?appid=`).
 *
 * `{ summary, findings: [{ id, severity, seen, meaning, advice, link, code? }], header, claims: [{ name, value,
 * meaning, safety, date?, localDate?, relative? }], verdict?: { accepted, code?, step?, status?, hint? }, text }`
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 *
 * @example
 * ```ts
 * import { explain } from '@entraguard/core/explain'
 *
 * console.log(explain(token).text)
 * const { findings } = await explain(token, { verifier })
 * ```
 */
export function explain(
  token: unknown,
  options?: ExplainOptions & { readonly verifier?: undefined },
): Explanation
export function explain(
  token: unknown,
  options: ExplainOptions & { readonly verifier: Verifier },
): Promise<Explanation>
export function explain(
  token: unknown,
  options?: ExplainOptions & { readonly verifier?: Verifier | undefined },
): Explanation | Promise<Explanation>
export function explain(
  token: unknown,
  options: ExplainOptions & { readonly verifier?: Verifier | undefined } = {},
): Explanation | Promise<Explanation> {
  const { now = Date.now, timeZone, verifier } = options
  const decoded = decodeToken(token)
  if (decoded.kind !== 'token') {
    const finding = decoded.kind === 'encrypted' ? encrypted : unreadable(decoded.reason)
    const explanation = finish('This cannot be read as a token.', [finding], [], [])
    return verifier === undefined ? explanation : Promise.resolve(explanation)
  }
  const facts = readFacts(decoded.token, now() / 1000)
  const header = explainClaims('header', facts.header, facts.now, timeZone)
  const claims = explainClaims('payload', facts.payload, facts.now, timeZone)
  const findings = staticFindings(facts)
  const summary = summaryOf(facts)
  if (verifier === undefined) return finish(`${summary} Nothing was verified.`, findings, header, claims)
  return probe(facts, verifier).then(({ verdict, cause }) => {
    const all = withVerdict(findings, cause, verdict)
    const outcome = verdict.accepted
      ? 'The verifier accepts it.'
      : `The verifier ${verdict.status === 503 ? 'cannot decide' : 'refuses it'}: ${verdict.code}.`
    return finish(`${summary} ${outcome}`, all, header, claims, verdict)
  })
}

function staticFindings(facts: Facts): readonly Finding[] {
  const scheme = aboutScheme(facts)
  const shape = aboutShape(facts)
  const times = aboutTime(facts)
  if (facts.microsoftApi !== undefined) return [...aboutMicrosoftApi(facts), ...shape, ...times, ...scheme]
  const issuer = aboutIssuer(facts)
  if (facts.isIdToken) return [...shape, ...aboutIdToken(facts), ...issuer, ...times, ...scheme]
  return [...shape, ...issuer, ...times, ...aboutCaller(facts), ...scheme]
}

/** The cause of the refusal first: in the words that know the configuration, else in those that know the token. */
function withVerdict(
  findings: readonly Finding[],
  cause: Finding,
  { code, accepted }: Verdict,
): readonly Finding[] {
  if (accepted) {
    // This verifier is told to accept what others refuse.
    const milder = findings.map((finding) =>
      finding.severity === 'error' ? withSeverity(finding, 'warning') : finding,
    )
    return [cause, ...milder]
  }
  const own = findings.find((finding) => finding.code === code)
  const best = cause.id === 'refused' && own !== undefined ? withSeverity(own, 'error') : cause
  const rest = findings.filter((finding) => finding !== own && finding.id !== saidBy[cause.id])
  // A token that is no access token for any API of ours: what else is wrong with it follows from that.
  const kind = rest.find(({ id }) => kindFindings.has(id))
  return kind === undefined ? [best, ...rest] : [kind, best, ...rest.filter((finding) => finding !== kind)]
}

/** What the finding of a verifier says already, and better. */
const saidBy: Partial<Record<FindingId, FindingId>> = {
  wrong_version: 'v1_token',
  wrong_audience: 'audience_app_id_uri',
  wrong_cloud: 'national_cloud',
  external_id_not_configured: 'external_id_token',
}

const kindFindings: ReadonlySet<FindingId> = new Set(['id_token', 'aad_graph_token', 'microsoft_api_token'])

function withSeverity(finding: Finding, severity: FindingSeverity): Finding {
  return { ...finding, severity }
}

const ranks = { error: 0, warning: 1, info: 2 } as const

function finish(
  summary: string,
  findings: readonly Finding[],
  header: readonly ExplainedClaim[],
  claims: readonly ExplainedClaim[],
  verdict?: Verdict,
): Explanation {
  const sorted = findings.toSorted((one, other) => ranks[one.severity] - ranks[other.severity])
  const text = toText(summary, sorted, header, claims)
  return { summary, findings: sorted, header, claims, ...(verdict !== undefined && { verdict }), text }
}

const issuers = { entraId: 'Microsoft Entra ID', externalId: 'External ID', b2c: 'Azure AD B2C' } as const
const callers = { user: ' for a user', app: ' for an application', unknown: '' } as const

function summaryOf({ payload, family, kind, isIdToken, microsoftApi }: Facts): string {
  const version = member(payload, 'ver')
  const what = isIdToken && microsoftApi === undefined ? 'An ID token' : `An access token${callers[kind]}`
  const form = version === '1.0' || version === '2.0' ? `, v${version}` : ''
  return `${what}${form}, from ${family === undefined ? 'an unknown issuer' : issuers[family]}.`
}
