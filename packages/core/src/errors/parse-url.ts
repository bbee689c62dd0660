/** A URL, or nothing. Not `URL.canParse`: workerd has none before the compatibility date 2022-10-31. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
