/** One request of the demo, and what has to come back. */
export interface DemoRequest {
  readonly sent: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly code?: string
  /** The signing key is rotated before it. */
  readonly rotate?: boolean
  readonly authorization?: string
  readonly token?: { readonly kind: 'user' | 'app' | 'id'; readonly signWith?: string }
  readonly change?: (token: string) => string
}

export const requests: readonly DemoRequest[]
