/** Where the emulator of this machine listens, if there is one; undefined for any other address. */
export function loopbackEmulator(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  const { hostname, origin } = new URL(address)
  return /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(hostname) ? origin : undefined
}

/** A request that a page of this very server sent: no other web site may mint tokens or rotate keys here. */
export function isOwnRequest(request: Request): boolean {
  const host = request.headers.get('host')
  return (
    host !== null &&
    loopbackEmulator(`http://${host}`) !== undefined &&
    request.headers.get('origin') === `http://${host}` &&
    /^application\/json\b/.test(request.headers.get('content-type') ?? '')
  )
}
