/** Characters that show nothing, or that change how the text around them is shown. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Text from a token or a request as text that looks like what it is. */
export const shownText = (text: string): string =>
  text.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

const longest = 4000

/** A value from a token, as JSON in one line. */
export function shownJson(value: unknown): string {
  const json = (JSON.stringify(value, undefined, 1) ?? 'undefined').replaceAll(/\n\s*/g, ' ')
  return shownText(json.length > longest ? `${json.slice(0, longest)}… (${json.length} characters)` : json)
}
