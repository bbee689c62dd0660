/* Checks on single option values. A mistake of the developer is a TypeError at construction, never a refusal later. */

/**
 * Refuses members that are not known: a typo in a security option must not be silent. Nor may a known one hide from
 * copies, inherited or not enumerable: what is read here and lost in a copy is a rule that no longer holds there.
 */
export function rejectUnknown(what: string, options: object, known: ReadonlySet<string>): void {
  const own = Object.keys(options)
  for (const name of known) {
    if (name in options && !own.includes(name))
      throw new TypeError(`${what} "${name}" is inherited: pass a plain object`)
  }
  for (const name in options)
    if (!known.has(name)) throw new TypeError(`unknown ${what} "${name}"; known are ${[...known].join(', ')}`)
}

/** GUIDs and host names mean the same in any case; tokens and documents write them in lower case. */
export function lowerCase(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : ''
}

export function flag(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
  return value === true
}

export function finite(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new TypeError(`${name} must be a number from ${least} to ${most}`)
}

export function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value)) return finite(name, value, least, most)
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}`)
}

/** A copy down to the leaves of plain data: what happens to the caller's objects later has no effect. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)]))
}

export function nonEmptyStrings(name: string, value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0
  if (!isList || !value.every((item) => typeof item === 'string' && item !== '' && item === item.trim())) {
    throw new TypeError(`${name} must be one or more strings, not empty and without white space around them`)
  }
  return [...(value as readonly string[])]
}
