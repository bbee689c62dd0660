import type { ChallengeOptions, Verifier } from '@entraguard/core'
import type { Context } from 'hono'

/**
 * A verifier, or how to make one from the bindings of an environment. `c.env` has the types that the parameter is
 * given: `(c: Context<{ Bindings: Bindings }>) => createVerifier({ tenants: c.env.TENANT, … })`. Everything else of the
 * context throws: the verifier serves the requests after this one, too.
 */
export type VerifierSource = Verifier | ((c: Context) => Verifier)

/** Who decides, and how its refusals are told. */
export interface Guard {
  readonly verifier: Verifier
  readonly challenge: ChallengeOptions
}

/** The guard of a request. A factory is called once for each environment, because a verifier holds the keys. */
export function guardFrom(source: VerifierSource, realm: string | undefined): (c: Context) => Guard {
  if (typeof source !== 'function' && typeof source?.authenticate !== 'function')
    throw new TypeError('entraGuard needs a verifier: entraGuard(createVerifier({ tenants, audience }))')
  const guards = new WeakMap<object, Guard>()
  return (c) => {
    const key = typeof source === 'object' || ofRequest.test(Object.keys(c.env ?? {}).join()) ? guards : c.env
    const known = guards.get(key)
    if (known !== undefined) return known
    const verifier = typeof source === 'function' ? source(environmentOf(c)) : source
    const challenge = realm === undefined ? verifier.challenge : { ...verifier.challenge, realm }
    const guard = { verifier, challenge }
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
        `entraGuard: a verifier is made once for all requests and may read c.env only, not c.${String(name)}`,
      )
    },
  })

/**
 * Names that servers of Node and Deno and most function platforms put into `c.env`, an object of each request, where
 * Workers have their bindings. A verifier for each request would fetch the keys for each: there is one for the process.
 */
const ofRequest = /^$|\b(?:incoming|remoteAddr|event|eventContext|context)\b/
