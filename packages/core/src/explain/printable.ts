/**
 * Makes text from a token safe for a terminal, a log or a page. Control characters, invisible characters and those that
 * change the writing direction are escaped, because they could rewrite the lines around them.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** A value for use in a sentence: JSON, one line, cut. The tables show it in full. */
export function quote(value: unknown, longest = 120): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value)
  const cut = json.length > longest ? `${json.slice(0, longest)}…` : json
  return printable(cut)
}
