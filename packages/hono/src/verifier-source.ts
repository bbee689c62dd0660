import type { Verifier } from '@entraguard/core'
import type { Context } from 'hono'

/**
 * A verifier, or how to make one from the bindings of an environment. `c.env` has the types that the parameter is
 * given: `(c: Context<{ Bindings: Bindings }>) => createVerifier({ tenants: c.env.TENANT, … })`.
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
    const made = typeof source === 'function' ? source(c) : source
    const verifier = realm === undefined ? made : { ...made, challenge: { ...made.challenge, realm } }
    verifiers.set(key, verifier)
    return verifier
  }
}

/**
 * Names that servers of Node and Deno and most function platforms put into `c.env`, an object of each request, where
 * Workers have their bindings. A verifier for each request would fetch the keys for each: there is one for the process.
 */
const ofRequest = /^$|\b(?:incoming|remoteAddr|event|eventContext|context)\b/
