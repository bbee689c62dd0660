import { isGraphAudience } from '../authority/authority.ts'
import { isGuid } from '../authority/clouds.ts'
import { hasScheme, isScopeToken, readTexts } from './option-values.ts'

/*
 * Values that are compared with claims. One that no token of Entra ID can carry would refuse everybody, request by
 * request, with a hint that points elsewhere: it is a TypeError where it is written. What Entra ID can issue is taken,
 * however odd.
 */

/** A copy of a list of GUIDs in lower case, as tokens carry them. `what` says whose ids they are. */
export function readGuids(name: string, what: string, value: unknown): readonly string[] {
  const texts = readTexts(name, value, (text) =>
    isGuid(text.toLowerCase()) ? undefined : `is not a GUID: write ${what}`,
  )
  return texts.map((text) => text.toLowerCase())
}

/** A copy of a list of key ids. One that is written wrongly would leave the key in use. */
export function readKeyIds(name: string, value: unknown): readonly string[] {
  return readTexts(name, value, (kid) =>
    /[\s,]/.test(kid) ? 'is not one key id: write each in its own string' : undefined,
  )
}

/** A copy of a list of scopes, as `scp` names them. */
export function readScopes(name: string, value: unknown): readonly string[] {
  return readTexts(name, value, scopeProblem)
}

/**
 * A copy of a list of app roles, as `roles` names them. Spaces and letters of every script are among what can come:
 * groups may be emitted as roles, by their names.
 */
export function readRoles(name: string, value: unknown): readonly string[] {
  return readTexts(name, value, (role) => fullNameProblem(role, role.toLowerCase().startsWith('api://')))
}

function scopeProblem(scope: string): string | undefined {
  const problem = fullNameProblem(scope, hasScheme(scope))
  if (problem !== undefined) return problem
  // https://learn.microsoft.com/graph/api/resources/permissionscope: no other characters. And it stands in a header.
  return isScopeToken(scope)
    ? undefined
    : 'is not one scope: write each in its own string, without spaces, quotes or backslashes'
}

/** Clients request `api://…/Orders.Read` or `api://…/.default`, but tokens carry `Orders.Read`. */
function fullNameProblem(name: string, isUri: boolean): string | undefined {
  const [first = '', ...rest] = name.split('/')
  const last = rest.at(-1)
  if (name === '.default' || last === '.default')
    return 'contains ".default", which clients request and tokens never carry: name the permissions instead'
  return (isUri || isGuid(first.toLowerCase())) && last !== undefined && last !== ''
    ? `is the form that clients request; tokens carry only the name: write "${last}"`
    : undefined
}

/** What permissions are called by convention and Application ID URIs are not. */
const permissionAtTheEnd =
  /\/(?:\.default|user_impersonation|access_as_\w+|[\w.-]+\.(?:Read|Write|ReadWrite)(?:\.All)?)$/

/** A copy of a list of audiences. A client id in capitals is accepted as tokens carry it, too. */
export function readAudiences(value: unknown): readonly string[] {
  const texts = readTexts('audience', typeof value === 'string' ? [value] : value, audienceProblem)
  return texts.flatMap((text) => (isGuid(text.toLowerCase()) ? [text.toLowerCase(), text] : [text]))
}

function audienceProblem(audience: string): string | undefined {
  if (isGraphAudience(audience))
    return 'is Microsoft Graph, whose tokens nobody else can validate: write the client id of this API'
  if (/[<{].*[>}]/.test(audience)) return 'contains a placeholder: write the client id of this API'
  if (/^(?:undefined|null)$|[/:](?:undefined|null)(?:\/|$)/.test(audience))
    return 'was made of a value that is not set: look at the environment variables'
  if (/\s/.test(audience)) return 'contains white space: write a list, with each value in its own string'
  if (/["<>{}]/.test(audience)) return 'is neither a client id nor a URI'
  const { index } = permissionAtTheEnd.exec(audience) ?? {}
  return index === undefined
    ? undefined
    : `is a scope, which clients request; tokens carry the Application ID URI or the client id: write "${audience.slice(0, index)}"`
}
