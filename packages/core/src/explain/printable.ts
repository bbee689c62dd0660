/**
 * Text from a token that may stand in a terminal, a log or a page: control characters, invisible ones and those that
 * turn the writing direction are escaped, or they would rewrite the lines around them.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** A value as it may stand in a sentence: JSON, one line, cut. The tables hold it whole. */
export function quote(value: unknown, longest = 120): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value)
  const cut = json.length > longest ? `${json.slice(0, longest)}…` : json
  return printable(cut)
}
