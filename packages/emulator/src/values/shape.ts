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
export const isObject: Check = must(isRecord, 'an object', { type: 'object' })
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

/** A string of that form; `says` names what would have been right. */
export const isLike = (pattern: RegExp, says: string): Check =>
  must((value) => isString(value) && pattern.test(value), says, { type: 'string', pattern: pattern.source })

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

/** An object with these members and no others. A member that is `undefined` counts as absent. */
export function hasMembers(members: Readonly<Record<string, Check>>): Check {
  const properties = Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema]))
  return toCheck({ type: 'object', properties, additionalProperties: false }, (value, path) => {
    if (!isRecord(value)) throw new TypeError(`${path === '' ? 'This' : path} must be an object`)
    for (const [name, one] of Object.entries(value)) {
      const inner = path === '' ? name : `${path}.${name}`
      const check = Object.hasOwn(members, name) ? members[name] : undefined
      if (check === undefined)
        throw new TypeError(`${inner} is unknown; the known ones are ${Object.keys(members).join(', ')}`)
      if (one !== undefined) check(one, inner)
    }
  })
}

/** The same, and a member, a string, that must be there. */
export const hasMembersAnd = (required: string, members: Readonly<Record<string, Check>>): Check => {
  const check = hasMembers(members)
  return toCheck({ ...check.schema, required: [required] }, (value, path) => {
    check(value, path)
    isText(isRecord(value) ? value[required] : undefined, path === '' ? required : `${path}.${required}`)
  })
}
