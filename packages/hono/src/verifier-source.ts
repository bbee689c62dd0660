import type { Verifier } from '@entraguard/core'
import type { Context } from 'hono'

/**
 * A verifier, or how to make one from the bindings of an environment. `c.env` has the types that the parameter is
 * given: `(c: Context<{ Bindings: Bindings }>) => createVerifier({ tenants: c.env.TENANT, … })`. Everything else of the
 * context throws: the verifier serves the requests after this one, too.
 */
export type VerifierSource = Verifier | ((c: Context) => Verifier)

/** The verifier of a request. A factory is called once for each environment, because a verifier holds the keys. */
export function verifierFrom(source: VerifierSource, realm: string | undefined): (c: Context) => Verifier {
  if (typeof source !== 'function' && typeof source?.authenticate !== 'function')
    throw new TypeError('entraGuard needs a verifier: entraGuard(createVerifier({ tenants, audience }))')
  const verifiers = new WeakMap<object, Verifier>()
  return (c) => {
    const key =
      typeof source === 'object' || ofRequest.test(Object.keys(c.env ?? {}).join()) ? verifiers : c.env
    const known = verifiers.get(key)
    if (known !== undefined) return known
    const made = typeof source === 'function' ? source(environmentOf(c)) : source
    const verifier = realm === undefined ? made : { ...made, challenge: { ...made.challenge, realm } }
    verifiers.set(key, verifier)
    return verifier
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
