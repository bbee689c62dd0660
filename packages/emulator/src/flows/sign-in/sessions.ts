import type { User } from '../../directory/registrations.ts'
import { BoundedMap } from '../../values/bounded-map.ts'
import { randomBase64url } from '../../values/encoding.ts'
import type { Evidence } from '../client/proven.ts'

/** Somebody who is signed in in one browser. */
export interface Account extends Evidence {
  readonly user: User
  readonly sid: string
  /** Client ids of the apps that were signed in to: they hear of the sign-out. */
  readonly apps: ReadonlySet<string>
}

/** What one browser carries in its cookie. */
export interface Session {
  readonly id: string
  readonly accounts: readonly Account[]
  readonly expiresAt: number
}

/** A session, and the account in it that was meant. */
export interface SignedIn {
  readonly session: Session
  readonly account: Account
}

/** The browsers in which somebody is signed in. */
export interface Sessions {
  /** The session that the cookie of a request names. */
  of(request: Request): Session | undefined
  /** Notes that this user is signed in to that app; a newer sign-in adds to what an older one has proven. */
  signIn(
    session: Session | undefined,
    signedIn: Evidence & { readonly user: User; readonly clientId: string },
  ): SignedIn
  signOut(session: Session, leaving: readonly Account[]): void
  /** The value of `Set-Cookie`; without a session one that removes the cookie. */
  cookie(session: Session | undefined, secure: boolean): string
}

const LIFETIME = 24 * 3_600_000
const MOST = 10_000

export function createSessions(now: () => number): Sessions {
  // Cookies do not tell ports apart: two emulators on one machine must not undo each other's sessions.
  const name = `ESTSAUTH-${randomBase64url(6)}`
  const sessions = new BoundedMap<string, Session>(MOST)
  const pattern = new RegExp(`(?:^|;\\s*)${name}=([\\w-]+)`)

  return {
    of(request) {
      const id = pattern.exec(request.headers.get('cookie') ?? '')?.[1]
      const session = id === undefined ? undefined : sessions.get(id)
      return session === undefined || session.expiresAt <= now() ? undefined : session
    },
    signIn(session, { user, clientId, proofs, authenticatedAt }) {
      const known = session?.accounts.find(
        (one) => one.user.id === user.id && one.user.tenantId === user.tenantId,
      )
      const account: Account = {
        user,
        sid: known?.sid ?? crypto.randomUUID(),
        authenticatedAt,
        proofs: [...new Set([...(known?.proofs ?? []), ...proofs])],
        apps: new Set([...(known?.apps ?? []), clientId]),
      }
      const renewed: Session = {
        id: session?.id ?? randomBase64url(32),
        accounts: [...(session?.accounts ?? []).filter((one) => one !== known), account],
        expiresAt: now() + LIFETIME,
      }
      sessions.set(renewed.id, renewed)
      return { session: renewed, account }
    },
    signOut(session, leaving) {
      const accounts = session.accounts.filter((one) => !leaving.includes(one))
      if (accounts.length === 0) sessions.delete(session.id)
      else sessions.set(session.id, { ...session, accounts })
    },
    cookie(session, secure) {
      // A silent sign-in happens in a frame of another site, which gets the cookie only with `None`.
      const attributes = `Path=/; HttpOnly; ${secure ? 'Secure; SameSite=None' : 'SameSite=Lax'}`
      return `${name}=${session?.id ?? ''}; ${attributes}${session === undefined ? '; Max-Age=0' : ''}`
    },
  }
}
