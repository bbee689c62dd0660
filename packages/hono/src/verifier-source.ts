import type { ChallengeOptions, Verifier } from '@entraguard/core'
import type { Context } from 'hono'

/**
 * A verifier, or a function that creates one from the bindings of an environment. Type `c.env` with the parameter: `(c:
 * Context<{ Bindings: Bindings }>) => createVerifier({ tenants: c.env.TENANT, … })`. Reading anything else from the
 * context throws, because the verifier also serves all later requests.
 */
export type VerifierSource = Verifier | ((c: Context) => Verifier)

/** The verifier that decides, and how its refusals are reported. */
export interface Guard {
  readonly verifier: Verifier
  readonly challenge: ChallengeOptions
}

/** The guard of a request. A factory is called once for each environment, because a verifier holds the keys. */
export function guardFrom(source: VerifierSource, realm: string | undefined): (c: Context) => Guard {
  if (typeof source !== 'function' && typeof source?.authenticate !== 'function')
    throw new TypeError('entraGuard needs a verifier: entraGuard(createVerifier({ tenants, audience }))')
  const guardOf = (verifier: Verifier): Guard => ({
    verifier,
    challenge: realm === undefined ? verifier.challenge : { ...verifier.challenge, realm },
  })
  if (typeof source === 'object') {
    const guard = guardOf(source)
    return () => guard
  }
  const guards = new WeakMap<object, Guard>()
  return (c) => {
    const key = ofRequest.test(Object.keys(c.env ?? {}).join()) ? guards : c.env
    const known = guards.get(key)
    if (known !== undefined) return known
    const guard = guardOf(source(environmentOf(c)))
    guards.set(key, guard)
    return guard
  }
}

/**
 * What a factory sees of the request that happens to come first. Its headers or address must not choose the tenants
 * and audiences of everybody who comes after it.
 */
const environmentOf = (c: Context): Context =>
  new Proxy(c, {
    get(context, name) {
      if (name === 'env') return context.env
      throw new TypeError(
        `entraGuard: one verifier is created for all requests, so its factory may read only c.env, not c.${String(name)}`,
      )
    },
  })

/**
 * Names that servers of Node and Deno and most function platforms put into `c.env`, an object of each request, where
 * Workers have their bindings. A verifier for each request would fetch the keys for each: there is one for the process.
 */
const ofRequest = /^$|\b(?:incoming|remoteAddr|event|eventContext|context)\b/
