/** What a client has to know of an authority. The same for each that is measured. */
export interface Provider {
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly keysUrl: string
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
}

export const redirectUri = 'http://localhost/callback'

/** Tells the parent that the authority listens, and later how much of the heap is in use. */
export function serve(provider: Provider): void {
  process.on('message', () => {
    globalThis.gc?.()
    globalThis.gc?.()
    process.send?.(process.memoryUsage().heapUsed)
  })
  process.on('disconnect', () => process.exit())
  process.send?.(provider)
}
