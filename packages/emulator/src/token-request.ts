/** A JSON object. */
export type Body = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isString = (value: unknown): boolean => typeof value === 'string'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every(isString)

/** What each option of a token may be in JSON, and how to say so. */
const shapes: Readonly<Record<string, readonly [check: (value: unknown) => boolean, says: string]>> = {
  ...Object.fromEntries(
    [
      'audience',
      'tenantId',
      'clientId',
      'user',
      'guestFrom',
      'managedIdentity',
      'objectId',
      'policy',
      'signWith',
    ]
      .concat(['nonce', 'codeHash', 'accessTokenHash'])
      .map((name) => [name, [isString, 'a string']] as const),
  ),
  ...Object.fromEntries(
    [
      'scopes',
      'roles',
      'directoryRoles',
      'capabilities',
      'authenticationMethods',
      'authenticationContexts',
    ].map((name) => [name, [isStrings, 'a list of strings']] as const),
  ),
  version: [(value) => value === '1.0' || value === '2.0', '"1.0" or "2.0"'],
  expiresIn: [Number.isFinite, 'a number of seconds'],
  personalAccount: [isBoolean, 'true or false'],
  groups: [(value) => value === 'overage' || isStrings(value), '"overage" or a list of group ids'],
  agent: [
    (value) => isBoolean(value) || value === 'onBehalfOf' || value === 'userAccount',
    'true, "onBehalfOf" or "userAccount"',
  ],
  clientAuthentication: [
    (value) => value === 'public' || value === 'secret' || value === 'certificate',
    '"public", "secret" or "certificate"',
  ],
  claims: [isRecord, 'an object'],
  header: [isRecord, 'an object'],
}

/** JSON has no `undefined`: a claim or header parameter that is `null` is removed. */
const removals = (members: Body): Body =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value ?? undefined]))

/**
 * Token options from JSON, each checked.
 *
 * @throws TypeError naming the option that is unknown or not of its kind.
 */
export function readTokenOptions(body: Body): Body & { readonly claims: Body; readonly header: Body } {
  for (const [name, value] of Object.entries(body)) {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined
    if (shape === undefined) throw new TypeError(`${JSON.stringify(name)} is no option of a token`)
    const [check, says] = shape
    if (!check(value)) throw new TypeError(`${name} must be ${says}`)
  }
  const { claims, header } = body
  return {
    ...body,
    claims: isRecord(claims) ? removals(claims) : {},
    header: isRecord(header) ? removals(header) : {},
  }
}
