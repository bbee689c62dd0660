/** What `--only` leaves: those whose names begin with one of its words, in any case; without words, all. */
export function chooseByName<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  only: readonly string[],
): readonly T[] {
  if (only.length === 0) return items
  const chosen = items.filter((item) =>
    only.some((word) => nameOf(item).toLowerCase().startsWith(word.toLowerCase())),
  )
  if (chosen.length === 0)
    throw new Error(`--only: none of ${items.map(nameOf).join(', ')} begins with ${only.join(' or ')}`)
  return chosen
}
