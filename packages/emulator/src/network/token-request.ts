import {
  hasMembers,
  hasMembersAnd,
  isEither,
  isFlag,
  isNumber,
  isObject,
  isOneOf,
  isRecord,
  isText,
  isTexts,
  type Body,
} from '../values/shape.ts'

const texts =
  'audience tenantId clientId user guestFrom managedIdentity objectId policy signWith nonce codeHash accessTokenHash'
const lists = 'scopes roles directoryRoles capabilities authenticationMethods authenticationContexts'

/** What each option of a token may be in JSON. */
const checkTokenOptions = hasMembers({
  ...Object.fromEntries(texts.split(' ').map((name) => [name, isText])),
  ...Object.fromEntries(lists.split(' ').map((name) => [name, isTexts])),
  version: isOneOf('1.0', '2.0'),
  expiresIn: isNumber,
  personalAccount: isFlag,
  application: isFlag,
  groups: isEither([isOneOf('overage'), isTexts], '"overage" or a list of group ids'),
  agent: isOneOf(true, false, 'onBehalfOf', 'userAccount'),
  clientAuthentication: isOneOf('public', 'secret', 'certificate'),
  boundTo: isEither(
    [hasMembersAnd('jkt', { jkt: isText }), hasMembersAnd('certificate', { certificate: isText })],
    'a jkt or a certificate',
  ),
  claims: isObject,
  header: isObject,
})

/** JSON has no `undefined`: a claim or header parameter that is `null` is removed. */
export const removals = (members: unknown): Body =>
  isRecord(members)
    ? Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value ?? undefined]))
    : {}

/**
 * Token options from JSON, each checked.
 *
 * @throws TypeError naming the option that is unknown or not of its kind.
 */
export function readTokenOptions(body: Body): Body & { readonly claims: Body; readonly header: Body } {
  checkTokenOptions(body, '')
  return { ...body, claims: removals(body['claims']), header: removals(body['header']) }
}
