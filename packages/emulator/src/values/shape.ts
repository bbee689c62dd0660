/** A JSON schema (2020-12), or a part of one. */
export interface Schema {
  readonly [keyword: string]: unknown
}

/** Checks one value, and throws a TypeError that names it by its path; and says the same as a JSON schema. */
export interface Check {
  (value: unknown, path: string): void
  readonly schema: Schema
}

const toCheck = (schema: Schema, check: (value: unknown, path: string) => void): Check =>
  Object.assign((value: unknown, path: string) => check(value, path), { schema })

/** A JSON object. */
export type Body = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const must = (is: (value: unknown) => boolean, says: string, schema: Schema): Check =>
  toCheck(schema, (value, path) => {
    if (!is(value)) throw new TypeError(`${path} must be ${says}`)
  })

const isString = (value: unknown): value is string => typeof value === 'string'

export const isText: Check = must(isString, 'a string', { type: 'string' })
export const isFlag: Check = must((value) => typeof value === 'boolean', 'true or false', { type: 'boolean' })
export const isNumber: Check = must(Number.isFinite, 'a number', { type: 'number' })
export const isAmount: Check = must(
  (value) => Number.isFinite(value) && Number(value) >= 0,
  'a number, zero or more',
  { type: 'number', minimum: 0 },
)
/** JSON has none. */
export const isFunction: Check = must((value) => typeof value === 'function', 'a function', { not: {} })
/** What JSON and an object literal make. Of a `Map`, a `Headers` or an object of a class the members would not be seen. */
function isPlain(value: unknown): value is Body {
  if (!isRecord(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of another realm too, as in a test environment: only its `Object.prototype` stands on nothing.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

export const isObject: Check = must(isPlain, 'a plain object', { type: 'object' })
export const isObjectOfTexts: Check = must(
  (value) => isPlain(value) && Object.values(value).every(isString),
  'a plain object with strings',
  { type: 'object', additionalProperties: { type: 'string' } },
)
export const isAnything: Check = toCheck({}, () => undefined)

export const isTime: Check = must(
  (value) => isString(value) && !Number.isNaN(Date.parse(value)),
  'a time such as "2030-01-31T00:00:00Z"',
  { type: 'string', format: 'date-time' },
)

const quote = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ')

export const isOneOf = (...values: readonly unknown[]): Check =>
  must((value) => values.includes(value), `one of ${quote(values)}`, { enum: values })

export const isWhole = (least: number, most: number): Check =>
  must(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `a whole number from ${least} to ${most}`,
    { type: 'integer', minimum: least, maximum: most },
  )

/** Of TCP; 0 is any that is free. */
export const isPort: Check = isWhole(0, 65_535)

/** A string of that form; `says` names what would have been right. */
export const isLike = (pattern: RegExp, says: string): Check =>
  must((value) => isString(value) && pattern.test(value), says, { type: 'string', pattern: pattern.source })

/** The name alone. What stands in an address beside it, such as a port, would be lost. */
export const isHostName: Check = isLike(
  /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/,
  'a host name such as login.contoso.com',
)

/** The first check that the value passes decides; `says` names what would have been right. */
export const isEither = (checks: readonly Check[], says: string): Check =>
  must((value) => checks.some((check) => passes(check, value)), says, {
    anyOf: checks.map(({ schema }) => schema),
  })

/** A plain string, or what the other check wants. */
export const isTextOr = (check: Check): Check =>
  toCheck({ anyOf: [{ type: 'string' }, check.schema] }, (value, path) => {
    if (!isString(value)) check(value, path)
  })

function passes(check: Check, value: unknown): boolean {
  try {
    check(value, '')
    return true
  } catch {
    return false
  }
}

export const isList = (check: Check): Check =>
  toCheck({ type: 'array', items: check.schema }, (value, path) => {
    if (!Array.isArray(value)) throw new TypeError(`${path} must be a list`)
    for (const [index, one] of value.entries()) check(one, `${path}[${index}]`)
  })

export const isTexts: Check = must(
  (value) => Array.isArray(value) && value.every(isString),
  'a list of strings',
  { type: 'array', items: { type: 'string' } },
)

const memberOf = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/**
 * A known member that is inherited or not enumerable: a copy of the options would lose it, and what is looked at here
 * are the others.
 */
function refuseInherited(value: Body, names: readonly string[], inside: (name: string) => string): void {
  const own = Object.keys(value)
  const lost = names.find((name) => name in value && !own.includes(name))
  if (lost !== undefined) throw new TypeError(`${inside(lost)} is inherited: pass a plain object`)
}

/** An object with these members and no others. A member that is `undefined` counts as absent. */
export function hasMembers(members: Readonly<Record<string, Check>>): Check {
  const properties = Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema]))
  return toCheck({ type: 'object', properties, additionalProperties: false }, (value, path) => {
    if (!isRecord(value)) throw new TypeError(`${path === '' ? 'The options' : path} must be an object`)
    const inside = (name: string): string => memberOf(path, name)
    refuseInherited(value, Object.keys(members), inside)
    for (const [name, one] of Object.entries(value)) {
      const check = Object.hasOwn(members, name) ? members[name] : undefined
      if (check === undefined)
        throw new TypeError(
          `${inside(name)} is unknown; the known ones are ${Object.keys(members).join(', ')}`,
        )
      if (one !== undefined) check(one, inside(name))
    }
  })
}

/** The same, and members that must be there. */
export function hasMembersAnd<Members extends Readonly<Record<string, Check>>>(
  required: ReadonlyArray<keyof Members & string>,
  members: Members,
): Check {
  const check = hasMembers(members)
  return toCheck({ ...check.schema, required }, (value, path) => {
    check(value, path)
    for (const name of required)
      members[name]?.(isRecord(value) ? value[name] : undefined, memberOf(path, name))
  })
}
