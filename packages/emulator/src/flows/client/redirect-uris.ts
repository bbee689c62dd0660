import type { App } from '../../directory/registrations.ts'

/** What kind of client waits at a redirect URI; `any` for one that was registered as a plain string. */
export type Platform = 'web' | 'spa' | 'publicClient' | 'any'

const isLocal = ({ hostname }: URL): boolean => hostname === 'localhost' || hostname === '127.0.0.1'

/** A registered address of this machine stands for every port (RFC 8252 §7.3); otherwise exact. */
export function matchesRedirectUri(registered: string, asked: string): boolean {
  if (registered === asked) return true
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false
  const [one, other] = [new URL(registered), new URL(asked)]
  if (!isLocal(one)) return false
  one.port = other.port
  return one.href === other.href
}

/** The platform of the redirect URI, or `undefined` when it is none of the app's. */
export function platformOf(app: App, asked: string): Platform | undefined {
  const registered = app.redirectUris.find((one) => matchesRedirectUri(one, asked))
  return registered === undefined ? undefined : (app.platforms[registered] ?? 'any')
}

/** May a page of this origin redeem the codes that go to the redirect URI? */
export function sharesOrigin(registered: string, origin: string): boolean {
  if (!URL.canParse(registered) || !URL.canParse(origin)) return false
  const [one, other] = [new URL(registered), new URL(origin)]
  if (isLocal(one)) one.port = other.port
  return one.origin === other.origin
}
