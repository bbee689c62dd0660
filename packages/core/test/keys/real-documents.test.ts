import { describe, expect, it } from 'vitest'

import {
  b2c,
  createVerifier,
  type Verifier,
  type VerifierEvent,
  type VerifierOptions,
} from '../../src/index.ts'
import { fixture, fixtureText } from '../support/fixture.ts'
import { apiId, clock } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

const tenantId = '6babcaad-604b-40ac-a9d7-9fd97c0b779f'
const asB2c = (domain: string): Partial<VerifierOptions> => ({
  authority: b2c({ domain, tenantId, policies: ['B2C_1_policy'] }),
})

interface Read {
  readonly verifier: Verifier
  readonly events: VerifierEvent[]
  readonly asked: string[]
}

/** A verifier whose issuer serves exactly these recorded texts. */
function read(metadata: string, keys: string, options: Partial<VerifierOptions>): Read {
  const events: VerifierEvent[] = []
  const asked: string[] = []
  const verifier = createVerifier({
    audience: apiId,
    fetch: async (input) => {
      asked.push(String(input))
      const name = asked.at(-1)?.includes('openid-configuration') ? metadata : keys
      return new Response(fixtureText(name), { headers: { 'content-type': 'application/json' } })
    },
    now: () => clock * 1000,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { verifier, events, asked }
}

const commonKeys = 'entra-common-v2.jwks.json'

describe('recorded metadata', () => {
  it.each<[string, Partial<VerifierOptions>, string]>([
    [
      'entra-common-v2',
      { tenants: 'common' },
      'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    ],
    ['entra-common-v1', { tenants: 'common' }, 'https://login.microsoftonline.com/common/discovery/keys'],
    [
      'entra-organizations-v2',
      { tenants: 'organizations' },
      'https://login.microsoftonline.com/organizations/discovery/v2.0/keys',
    ],
    [
      'aad-tenant-msalnet',
      { tenants: tenantId },
      `https://login.microsoftonline.com/${tenantId}/discovery/keys`,
    ],
    [
      'b2c-b2clogin',
      asB2c('sometenantid.b2clogin.com'),
      'https://sometenantid.b2clogin.com/sometenantid/policy/discovery/v2.0/keys',
    ],
    // Documents of the time when B2C lived on the login host: today only their tenant can be read from them.
    [
      'b2c-legacy-login-microsoftonline',
      { tenants: tenantId },
      'https://login.microsoftonline.com/common/discovery/keys',
    ],
    ['b2c-queryparams', { tenants: tenantId }, 'https://login.microsoftonline.com/common/discovery/keys'],
  ])('%s leads to its keys', async (name, options, keysAddress) => {
    const { verifier, asked } = read(`${name}.openid-configuration.json`, commonKeys, options)
    await verifier.prefetch()
    expect(asked.at(-1)).toBe(keysAddress)
    expect(verifier.keys()).not.toEqual([])
  })

  it.each<[string, Partial<VerifierOptions>]>([
    ['negative-missing-fields', { tenants: tenantId }],
    ['adfs', { tenants: tenantId }],
    ['b2c-legacy-login-microsoftonline', asB2c('login.microsoftonline.com')],
    ['b2c-queryparams', asB2c('login.microsoftonline.com')],
    ['entra-common-v2', { tenants: tenantId, cloud: 'usgov' }],
    ['aad-tenant-msalnet', { tenants: 'common' }],
    ['aad-tenant-msalnet', { tenants: apiId }],
    ['b2c-b2clogin', asB2c('othertenantid.b2clogin.com')],
  ])('%s is refused for another authority than its own', async (name, options) => {
    const { verifier, asked } = read(`${name}.openid-configuration.json`, commonKeys, options)
    expect(await outcomeOf(verifier.prefetch())).toBe('metadata_invalid')
    expect(asked).toHaveLength(1)
  })
})

const kidsOf = (name: string): readonly string[] =>
  fixture<{ keys: ReadonlyArray<{ kid: string }> }>(name).keys.map(({ kid }) => kid)

const usable = async (name: string): Promise<readonly string[]> => {
  const { verifier } = read('entra-common-v2.openid-configuration.json', name, { tenants: 'common' })
  await verifier.prefetch()
  return verifier.keys().map(({ kid }) => kid)
}

describe('recorded keys', () => {
  it.each([
    'entra-common-v2.jwks.json',
    'entra-common-v2.jwks.with-cloud-instance-names.json',
    'entra-organizations-v2.jwks.json',
    'entra-organizations-v2.jwks.with-cloud-instance-names.json',
    'entra-common-v1.jwks.2024-02-02.json',
    // What is damaged in these two is the certificate, which nothing reads.
    'negative-bad-x509.jwks.json',
    'negative-bad-base64.jwks.json',
  ])('%s are all usable', async (name) => {
    expect(await usable(name)).toEqual(kidsOf(name))
  })

  it.each([
    // `alg` says SHA256, which no signature algorithm is called, and `key_ops` says signing.
    'aad-2014-legacy-base64-n.jwks.json',
    'negative-unrecognized-kty.jwks.json',
    'negative-missing-component.jwks.json',
  ])('%s hold nothing that may check a signature', async (name) => {
    await expect(usable(name)).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 })
  })

  it('of 2014 are the same numbers in another alphabet: without their "alg" they are usable', async () => {
    const { keys } = fixture<{ keys: ReadonlyArray<Record<string, unknown>> }>(
      'aad-2014-legacy-base64-n.jwks.json',
    )
    const plain = keys.map(({ kty, kid, use, n, e }) => ({ kty, kid, use, n, e }))
    const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
    const verifier = createVerifier({
      tenants: tenantId,
      audience: apiId,
      fetch: async (input) =>
        String(input).includes('openid-configuration')
          ? Response.json({ issuer, jwks_uri: `https://login.microsoftonline.com/keys` })
          : Response.json({ keys: plain }),
    })
    await verifier.prefetch()
    expect(verifier.keys()).toHaveLength(2)
  })
})
