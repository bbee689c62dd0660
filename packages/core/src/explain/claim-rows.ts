import { isGuid } from '../authority/clouds.ts'
import type { JsonObject } from '../token/strict-json.ts'
import { catalogueRow, type ClaimSafety } from './claim-catalogue.ts'
import { iso, local, duration } from './time.ts'

/** One member of the header or the payload, explained. Plain data. */
export interface ExplainedClaim {
  readonly name: string
  /** The value as it is in the token, or a text in its place if showing the value would be dangerous. */
  readonly value: unknown
  readonly meaning: string
  readonly safety: ClaimSafety
  /** For times: ISO 8601 in UTC. */
  readonly date?: string
  /** For times: the local time of the reader, with its offset from UTC. */
  readonly localDate?: string
  /** For times: the distance from now, in words. */
  readonly relative?: string
}

const times = new Set(['iat', 'nbf', 'exp', 'auth_time'])
const secrets = new Set(['idp_access_token'])

/** Describes every member of a header or payload, in the order of the token. */
export function explainClaims(
  where: 'header' | 'payload',
  object: JsonObject,
  now: number,
  timeZone: string | undefined,
): readonly ExplainedClaim[] {
  return Object.entries(object).map(([name, value]) => {
    const row = catalogueRow(where, name)
    const claim: ExplainedClaim = {
      name,
      value: secrets.has(name) ? '(not shown)' : value,
      meaning: row?.meaning ?? unknownMeaning(where),
      safety: safetyOf(name, value, row?.safety),
    }
    return where === 'payload' && times.has(name)
      ? Object.assign(claim, datesOf(value, now, timeZone))
      : claim
  })
}

function unknownMeaning(where: 'header' | 'payload'): string {
  return where === 'header'
    ? 'Not a header that Entra writes. A verifier does not read it.'
    : 'Not documented by Microsoft. A claims mapping policy, a custom claims provider or an extension may have written it.'
}

function safetyOf(name: string, value: unknown, documented: ClaimSafety | undefined): ClaimSafety {
  const areNames =
    name === 'groups' &&
    !(Array.isArray(value) && value.every((item) => typeof item === 'string' && isGuid(item.toLowerCase())))
  return areNames ? 'display' : (documented ?? 'custom')
}

function datesOf(
  value: unknown,
  now: number,
  timeZone: string | undefined,
): Pick<ExplainedClaim, 'date' | 'localDate' | 'relative'> {
  if (typeof value !== 'number') return {}
  const date = iso(value)
  const localDate = local(value, timeZone)
  if (date === undefined || localDate === undefined) return {}
  const distance = duration(Math.abs(value - now))
  return { date, localDate, relative: value > now ? `in ${distance}` : `${distance} ago` }
}
