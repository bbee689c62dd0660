/** The members of both; of one that both have the second's, unless that is `undefined`: nothing was said there. */
export function merge<First extends object, Second extends object>(
  first: First,
  second: Second,
): First & Second {
  const said = Object.entries(second).filter(([, value]) => value !== undefined)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the members that the second has not are the first's
  return { ...first, ...Object.fromEntries(said) } as First & Second
}
