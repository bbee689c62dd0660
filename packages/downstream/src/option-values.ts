/* Checks on single option values. A mistake of the developer is a TypeError at construction, never a refusal later. */

/** True for an object with named members. A list, a `Map` and a promise are objects too, but have no options. */
export function isRecord(value: unknown): boolean {
  // Not by the prototype: options may come from a class, and under Jest from another realm.
  return /^\[object (?:Object|Module)\]$/.test(Object.prototype.toString.call(value))
}

/** Refuses members that are inherited, too: a typo in an option must not go unnoticed. */
export function rejectUnknown(what: string, options: object, known: readonly string[]): void {
  for (const name in options)
    if (!known.includes(name))
      throw new TypeError(`${what} has no option "${name}"; the known ones are ${known.join(', ')}`)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

export function isGuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
}

/** True for a tenant id or one of the domain names of a tenant. It becomes a segment of a path: `..` must not pass. */
export function isTenant(value: unknown): value is string {
  return isGuid(value) || (typeof value === 'string' && value.length <= 253 && domainName.test(value))
}

const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i

/** A copy of a list that is not empty, with its holes filled: `every` would skip them. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? Array.from<unknown>(value) : undefined
}

/** A copy of a list of scopes. @throws {TypeError} */
export function readScopes(name: string, scopes: unknown): readonly string[] {
  const list = listOf(scopes)
  if (!list?.every(isScope))
    throw new TypeError(`${name} must be a list of scopes, such as ["api://…/Invoices.Read"]`)
  return list
}

function isScope(value: unknown): value is string {
  return isText(value) && !/\s/.test(value)
}
