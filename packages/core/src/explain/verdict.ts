import { isGuid } from '../authority/clouds.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { parseUrl } from '../errors/parse-url.ts'
import type { EntraGuardErrorCode, EntraGuardStatus, EntraGuardStep } from '../errors/error-catalogue.ts'
import { member } from '../token/strict-json.ts'
import type { Verifier } from '../verifier-interface.ts'
import { clientIdIn, textOf, type Facts } from './facts.ts'
import { errorPage, pages, type Finding } from './finding.ts'
import { printable, quote } from './printable.ts'
import { duration } from './time.ts'

/** The answer of a verifier. Plain data. */
export interface Verdict {
  readonly accepted: boolean
  readonly code?: EntraGuardErrorCode
  readonly step?: EntraGuardStep
  readonly status?: EntraGuardStatus
  readonly hint?: string
}

export interface Probe {
  readonly verdict: Verdict
  /** The reason, in terms of the verifier's configuration. */
  readonly cause: Finding
}

/** Passes the token to the verifier and explains its answer. */
export async function probe(facts: Facts, verifier: Verifier): Promise<Probe> {
  const answer = await ask(verifier, facts.token)
  if (!(answer instanceof Refusal)) return { verdict: { accepted: true }, cause: accepted(answer) }
  const { error } = answer
  const { code, step, status, hint } = error
  return {
    verdict: { accepted: false, code, step, status, hint },
    cause: await interpret(facts, verifier, error),
  }
}

class Refusal {
  readonly error: EntraGuardError
  constructor(error: EntraGuardError) {
    this.error = error
  }
}

type Identity = Awaited<ReturnType<Verifier['verify']>>

async function ask(verifier: Verifier, token: string): Promise<Identity | Refusal> {
  try {
    return await verifier.verify(token)
  } catch (error) {
    if (EntraGuardError.is(error)) return new Refusal(error)
    throw error
  }
}

function accepted(identity: Identity): Finding {
  const permissions = [...identity.scopes, ...identity.roles].slice(0, 8)
  return {
    id: 'accepted',
    severity: 'info',
    seen: `The verifier accepts the token: kind ${identity.kind}, with ${
      permissions.length === 0 ? 'no permissions' : printable(permissions.join(', ').slice(0, 200))
    }.`,
    meaning: 'Signature and claims are good. What the caller may do is decided by each route.',
    advice: 'If a route still answers 403, compare the permissions it requires with those above.',
    link: pages.claimsValidation,
  }
}

async function interpret(facts: Facts, verifier: Verifier, error: EntraGuardError): Promise<Finding> {
  const interpreter = interpreters[error.code]
  return interpreter === undefined ? refused(error) : await interpreter(facts, error, verifier)
}

type Interpreter = (facts: Facts, error: EntraGuardError, verifier: Verifier) => Finding | Promise<Finding>

const interpreters: Partial<Record<EntraGuardErrorCode, Interpreter>> = {
  audience_mismatch: wrongAudience,
  version_refused: wrongVersion,
  issuer_unknown: wrongIssuer,
  policy_refused: wrongPolicy,
  signing_key_not_found: keyNotFound,
}

/** A refusal in the words of the catalogue. */
function refused({ code, message, hint, details }: EntraGuardError): Finding {
  const { claim, reason, expected, address } = details
  const facts = [
    claim === undefined ? '' : `claim ${claim}`,
    reason ?? '',
    address === undefined ? '' : `at ${address}`,
    expected === undefined ? '' : `expected ${quote(expected, 600)}`,
  ].filter((fact) => fact !== '')
  return {
    id: 'refused',
    severity: 'error',
    code,
    seen: `The verifier answers ${code}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}.`,
    meaning: message,
    advice: hint,
    link: errorPage(code),
  }
}

function wrongAudience({ payload }: Facts, { details }: EntraGuardError): Finding {
  const audience = member(payload, 'aud')
  const expected = Array.isArray(details.expected) ? details.expected : []
  const clientId = clientIdIn(audience)
  const isOtherForm =
    clientId !== undefined &&
    expected.some((value) => typeof value === 'string' && clientIdIn(value) === clientId)
  return {
    id: 'wrong_audience',
    severity: 'error',
    code: 'audience_mismatch',
    seen: `The audience (aud) is ${quote(audience)}; the verifier accepts ${quote(expected, 600)}.`,
    meaning: isOtherForm
      ? 'It is this API under another form of its name. The comparison is exact.'
      : 'The token was issued for another API.',
    advice: isOtherForm
      ? `Add ${quote(audience)} to the option audience.`
      : 'Let the client ask for a scope of this API ("api://<client id>/<scope>"). Add the value to audience only if it is one of the names of this API.',
    link: errorPage('audience_mismatch'),
  }
}

function wrongVersion({ payload }: Facts, { details }: EntraGuardError): Finding {
  const version = member(payload, 'ver')
  const wanted = version === '1.0' ? '2' : 'null (or 1)'
  return {
    id: 'wrong_version',
    severity: 'error',
    code: 'version_refused',
    seen: `The version (ver) is ${quote(version)}; the verifier accepts ${quote(details.expected, 600)}.`,
    meaning: 'The registration of the API decides the version, not the endpoint that the client used.',
    advice: `App registrations > the API (not the client) > Manifest: set api.requestedAccessTokenVersion to ${wanted} (accessTokenAcceptedVersion in the older format), then request a new token. Or add the version to the option versions.`,
    link: errorPage('version_refused'),
  }
}

function wrongIssuer(facts: Facts, { details }: EntraGuardError): Finding {
  const expected = (Array.isArray(details.expected) ? details.expected : []).filter(
    (item) => typeof item === 'string',
  )
  const base = {
    severity: 'error',
    code: 'issuer_unknown',
    seen: `The issuer (iss) is ${quote(facts.issuer)}; the verifier accepts ${quote(expected, 600)}.`,
    link: errorPage('issuer_unknown'),
  } as const
  if (facts.family === 'b2c' || facts.family === 'externalId') {
    const name = facts.family === 'b2c' ? 'Azure AD B2C' : 'External ID'
    return {
      ...base,
      id: facts.family === 'b2c' ? 'b2c_not_configured' : 'external_id_not_configured',
      meaning: `This is a token of ${name}, and the verifier is configured for another authority. Its metadata does not list the keys of this token.`,
      advice:
        facts.family === 'b2c'
          ? `Use authority: b2c({ domain, tenantId, policies: [${quote(facts.policy)}] }) instead of tenants.`
          : 'Use authority: externalId({ subdomain, tenantId }) instead of tenants.',
    }
  }
  const host = facts.issuerHost
  const hosts = expected.map((issuer) => parseUrl(issuer)?.host ?? issuer)
  if (facts.cloud !== undefined && host !== undefined && !hosts.includes(host)) {
    return {
      ...base,
      id: 'wrong_cloud',
      meaning: `The token comes from the cloud "${facts.cloud.name}", and the verifier is configured for another one.`,
      advice: `Set cloud: '${facts.cloud.name}' if this API belongs there. Otherwise let the client sign in at the right cloud.`,
    }
  }
  const tenantId = facts.issuerTenant
  return {
    ...base,
    id: 'wrong_tenant',
    meaning:
      tenantId !== undefined && isGuid(tenantId)
        ? `The tenant ${tenantId} is not one that the verifier accepts. A client that signs in at "common" gets a token of the home tenant of the user, also for a guest.`
        : 'The issuer is not one that Microsoft uses.',
    advice:
      'Let the client sign in at the tenant of this API (authority https://login.microsoftonline.com/<tenant id>), or add the tenant to tenants if its users are to be admitted.',
  }
}

function wrongPolicy({ policy }: Facts, { details }: EntraGuardError): Finding {
  return {
    id: 'b2c_policy_not_configured',
    severity: 'error',
    code: 'policy_refused',
    seen: `The B2C policy is ${quote(policy)}; the verifier accepts ${quote(details.expected, 600)}.`,
    meaning:
      'All policies of a B2C tenant share one issuer, and each has its own metadata. A policy that is not listed may be a weaker one.',
    advice: `Add ${quote(policy)} to policies, if its tokens may be used here.`,
    link: errorPage('policy_refused'),
  }
}

const remedies =
  '(1) a separate app registration for OAuth (recommended); (2) switch SAML single sign-on off for this one (preferredSingleSignOnMode null or "oidc"); (3) set the option appId to the client id of this API.'

async function keyNotFound(facts: Facts, _error: EntraGuardError, verifier: Verifier): Promise<Finding> {
  const kid = textOf(facts.header, 'kid')
  const known = verifier.keys()
  const documents = [...new Set(known.map(({ document }) => document))]
  const age = Math.min(...known.map((key) => key.age))
  const base = {
    severity: 'error',
    code: 'signing_key_not_found',
    link: errorPage('signing_key_not_found'),
  } as const
  const seen = `The key ${quote(kid)} is not among the ${known.length} keys of ${documents.join(', ')}${
    Number.isFinite(age) ? `, read ${duration(age)} ago` : ''
  }.`
  const appId = await findAppKey(facts, verifier)
  if (appId !== undefined) {
    return {
      ...base,
      id: 'app_specific_key',
      seen: `${seen} It is a key of the application ${appId}: the same document with ?appid=${appId} lists it.`,
      meaning:
        'The registration of this API has its own signing key, because it has SAML single sign-on or a claims mapping policy. Its tokens are signed with that key.',
      advice: `Do one of these: ${remedies}`,
    }
  }
  return {
    ...base,
    id: 'key_not_found',
    seen,
    meaning:
      facts.family === 'b2c'
        ? 'User flows and custom policies of B2C sign with different keys, and the metadata of one does not list those of the other.'
        : 'Either the token comes from another cloud, tenant or B2C policy, or it is forged, or its application has its own key, which ?appid= would list.',
    advice: `If the registration of the API has SAML single sign-on or a claims mapping policy: ${remedies} Otherwise compare tenant, cloud and policy. A new key is found automatically within keys.minRefreshInterval.`,
  }
}

/**
 * The client id under whose `?appid=` the key is found. Only client ids of the configuration are tried: a token must
 * not choose what is fetched.
 */
async function findAppKey({ token }: Facts, verifier: Verifier): Promise<string | undefined> {
  const candidates = new Set(verifier.audience.map(clientIdIn).filter((id) => id !== undefined))
  for (const appId of [...candidates].slice(0, 3)) {
    try {
      const answer = await ask(verifier.with({ appId }), token)
      const isFound = !(answer instanceof Refusal) || ['signature', 'claims'].includes(answer.error.step)
      if (isFound) return appId
    } catch {
      // Several tenants, B2C, or combined verifiers: there is no document of one application to look into.
      return undefined
    }
  }
  return undefined
}
