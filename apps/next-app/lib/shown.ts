const longest = 2000

/** Characters that show nothing, or that change how the text around them is shown. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** A value from a token as text that looks like what it is. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value, undefined, 1) ?? 'undefined'
  const cut = json.length > longest ? `${json.slice(0, longest)}… (${json.length} characters)` : json
  return shownText(cut.replaceAll(/\n\s*/g, ' '))
}

/** Text from a token, such as the name of a claim. */
export function shownText(text: string): string {
  return text.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
