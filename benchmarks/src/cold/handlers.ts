/** One way to check the first request of an instance that has just begun. */
export interface Handler {
  readonly name: string
  /** A module that exports `check(token, setting)`; it is bundled, as such platforms ask for it. */
  readonly source: string
}

const entraguard = (more: string): string => `
  import { createVerifier } from '@entraguard/core'
  let verifier
  export async function check(token, { tenants, audience, provider }) {
    verifier ??= createVerifier({ tenants, audience, fetch: (url, init) => fetch(provider + new URL(url).pathname, init), ${more} })
    await verifier.verify(token)
  }`

const store = `store: {
  getItem: async (key) => await (await fetch(provider + '/store/' + key)).text(),
  setItem: () => {},
}`

export const empty: Handler = { name: 'an empty handler', source: 'export async function check() {}' }

export const handlers: readonly Handler[] = [
  { name: 'Entraguard', source: entraguard('') },
  { name: 'Entraguard, with a store that is filled', source: entraguard(store) },
  {
    name: 'jose, jwtVerify and createRemoteJWKSet',
    source: `
  import { createRemoteJWKSet, jwtVerify } from 'jose'
  let keys
  export async function check(token, { issuer, audience, keysUrl }) {
    keys ??= createRemoteJWKSet(new URL(keysUrl))
    await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] })
  }`,
  },
]
