import { readFileSync } from 'node:fs'

/** A fixture as text. */
export function fixtureText(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')
}

/** A fixture as the JSON that it holds. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what a file holds only the caller knows
export function fixture<T>(name: string): T {
  return JSON.parse(fixtureText(name)) as T
}

/** The rows of a table of verdicts on which this project has one. */
export function rows<T extends { readonly ours: boolean | 'n/a' }>(
  name: string,
): Array<T & { readonly ours: boolean }> {
  const { cases } = fixture<{ cases: readonly T[] }>(name)
  return cases.filter((row): row is T & { readonly ours: boolean } => row.ours !== 'n/a')
}
