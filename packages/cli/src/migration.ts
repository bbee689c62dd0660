import type { IBearerStrategyOption, Translation } from '@entraguard/passport'

import { printable } from './terminal.ts'

/** The call of `createVerifier` for options of passport-azure-ad, as a TypeScript file that says what changes. */
export function migrationText(old: IBearerStrategyOption, translation: Translation): string {
  const { access, issuers } = translation
  const body = `${[...verifierMembers(translation)].map(([name, value]) => `  ${name}: ${value},\n`).join('')}${
    issuers === undefined ? '' : checkMember(issuers)
  }`
  const names = [
    ...(body.includes('b2c({') ? ['b2c'] : []),
    'createVerifier',
    ...(issuers === undefined ? [] : ['refuse']),
  ]
  const asks = access === undefined ? '' : `, access: ${literal(access)}`
  return `import { ${names.join(', ')} } from '@entraguard/core'

export const verifier = createVerifier({
${body}})

// With Passport, as it is:  new BearerStrategy({ verifier${asks} }, verify)  of @entraguard/passport
// With Express alone:       entraGuard(verifier${access === undefined ? '' : `, ${literal(access)}`})  of @entraguard/express

// What changes:
${notes(old, translation)
  .map((note) => `// - ${note}\n`)
  .join('')}`
}

function* verifierMembers({ verifier }: Translation): Generator<readonly [string, string]> {
  const { check: _check, clockTolerance, authority, ...rest } = verifier
  if (authority !== undefined) yield ['authority', authorityText(authority)]
  for (const [name, value] of Object.entries(rest)) yield [name, literal(value)]
  if (clockTolerance !== 300) yield ['clockTolerance', literal(clockTolerance)]
}

function authorityText(authority: NonNullable<Translation['verifier']['authority']>): string {
  if (typeof authority === 'string' || authority.kind !== 'b2c') return literal(authority)
  const { domain, tenantId, policies } = authority
  return `b2c(${literal({ domain, tenantId, policies })})`
}

const checkMember = (
  issuers: readonly string[],
): string => `  // tenants and versions alone would accept more pairs of them
  check: ({ claims }) => {
    if (!${literal(issuers)}.includes(claims.iss)) throw refuse('another issuer')
  },
`

/** A value as TypeScript. What a terminal must not get is escaped, in the way that TypeScript reads. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${printable(value.replace(/['\\]/g, '\\$&'))}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{ ${Object.entries(value)
    .map(([name, item]) => `${/^[a-z]\w*$/i.test(name) ? name : literal(name)}: ${literal(item)}`)
    .join(', ')} }`
}

function notes(old: IBearerStrategyOption, { verifier, access }: Translation): readonly string[] {
  const everyTenant = verifier.tenants === 'common' || verifier.tenants === 'organizations'
  const said: ReadonlyArray<readonly [boolean, string]> = [
    [
      everyTenant,
      'the issuer must match the tenant of the token; with tenants: (tenantId) => … you decide which tenants are customers',
    ],
    [
      old.validateIssuer === false && verifier.tenants !== undefined && !everyTenant,
      'only tokens of this tenant are accepted, in both versions; before, tokens of every tenant were',
    ],
    [old.isB2C === true, 'tokens of another policy are refused'],
    [
      verifier.allowWithoutPermissions !== true,
      'a token with neither scp nor roles is refused; allowWithoutPermissions: true accepts it',
    ],
    [
      access !== undefined,
      'routes require the scopes, and any one of them is enough; callers without one get 403',
    ],
    [
      true,
      'ID tokens, tokens that are bound to a key, and callers that are neither users nor apps are refused',
    ],
    [
      true,
      'a new signing key is accepted with the first request that uses it; keys that cannot be fetched lead to 503, not 401',
    ],
    [true, 'tokens are read from the Authorization header, never from a body'],
    [
      true,
      'the verify function becomes check if it is a rule, or moves into the handler, which gets the identity',
    ],
    [old.allowMultiAudiencesInToken === true, 'allowMultiAudiencesInToken is gone: a token has one audience'],
    [
      (old.loggingLevel ?? old.loggingNoPII ?? undefined) !== undefined,
      'loggingLevel and loggingNoPII are gone: use onEvent, which reports what happens and never a token or a claim',
    ],
    [
      'clientSecret' in old || 'redirectUrl' in old,
      'options of OIDCStrategy are left out: use MSAL to sign people in',
    ],
  ]
  return said.filter(([holds]) => holds).map(([, note]) => note)
}
