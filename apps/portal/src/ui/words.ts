/** What stands in one field, separated by white space or commas. */
export const words = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== '')

/** Members that say something. */
export const filled = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''))

/** For a POSIX shell, whatever it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
