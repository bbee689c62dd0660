/** Checks one value, and throws a TypeError that names it by its path. */
export type Check = (value: unknown, path: string) => void

/** A JSON object. */
export type Body = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const must =
  (is: (value: unknown) => boolean, says: string): Check =>
  (value, path) => {
    if (!is(value)) throw new TypeError(`${path} must be ${says}`)
  }

export const isText: Check = must((value) => typeof value === 'string', 'a string')
export const isFlag: Check = must((value) => typeof value === 'boolean', 'true or false')
export const isNumber: Check = must(Number.isFinite, 'a number')
export const isAmount: Check = must(
  (value) => Number.isFinite(value) && Number(value) >= 0,
  'a number, zero or more',
)
export const isFunction: Check = must((value) => typeof value === 'function', 'a function')
export const isObject: Check = must(isRecord, 'an object')

export const isTime: Check = must(
  (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  'a time such as "2030-01-31T00:00:00Z"',
)

const quote = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ')

export const isOneOf = (...values: readonly unknown[]): Check =>
  must((value) => values.includes(value), `one of ${quote(values)}`)

export const isWhole = (least: number, most: number): Check =>
  must(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `a whole number from ${least} to ${most}`,
  )

/** The first check that the value passes decides; `says` names what would have been right. */
export const isEither = (checks: readonly Check[], says: string): Check =>
  must((value) => checks.some((check) => passes(check, value)), says)

function passes(check: Check, value: unknown): boolean {
  try {
    check(value, '')
    return true
  } catch {
    return false
  }
}

export const isList =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw new TypeError(`${path} must be a list`)
    for (const [index, one] of value.entries()) check(one, `${path}[${index}]`)
  }

export const isTexts: Check = must(
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  'a list of strings',
)

/** An object with these members and no others. A member that is `undefined` counts as absent. */
export const hasMembers =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (!isRecord(value)) throw new TypeError(`${path === '' ? 'This' : path} must be an object`)
    for (const [name, one] of Object.entries(value)) {
      const inner = path === '' ? name : `${path}.${name}`
      const check = Object.hasOwn(members, name) ? members[name] : undefined
      if (check === undefined)
        throw new TypeError(`${inner} is not known. Known: ${Object.keys(members).join(', ')}`)
      if (one !== undefined) check(one, inner)
    }
  }
