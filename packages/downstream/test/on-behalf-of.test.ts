import { getEventListeners } from 'node:events'

import { createVerifier, EntraGuardError, type UserIdentity } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { defaults } from '@entraguard/emulator'
import { ConfidentialClientApplication } from '@azure/msal-node'
import { describe, expect, it, vi } from 'vitest'

import { DownstreamError, onBehalfOf, type DownstreamOptions } from '../src/index.ts'
import { invoices, invoicesScopes, secret, userNamed, withForms, world } from './support.ts'

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  )

/** A header with these claims, which nobody signed. */
const headerOf = (claims: object): string =>
  `Bearer a.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c`

/** A challenge for a token that is no older than this. */
const claimsFor = (value: string): string => `{"access_token":{"nbf":{"essential":true,"value":"${value}"}}}`

describe('tokenFor', () => {
  it('gives a token for the other API, of the same user, through this API', async () => {
    const { entra, downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    const token = await downstream.tokenFor(user, authorization, invoicesScopes)
    const other = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
    const seen = await other.authenticate(`Bearer ${token}`, { scopes: ['Invoices.Read'] })
    expect([seen.objectId, seen.clientId]).toEqual([user.objectId, defaults.apiClientId])
  })

  it('hands a token over that is bound to a key, once the verifier has seen the proof', async () => {
    const { entra, options, downstream, exchanges } = await world()
    const origin = 'https://orders.example'
    const verifier = createVerifier({ ...entra.verifierOptions(), bound: dpop({ origin }) })
    const key = await entra.createProofKey()
    const accessToken = await entra.issueUserToken({ scopes: ['Orders.Read'], boundTo: key })
    const about = { method: 'GET', url: `${origin}/orders`, accessToken }
    const one = `DPoP ${accessToken}`
    // Whatever form the verifier takes it in.
    for (const authorization of [one, `dpop ${accessToken}`, ` \t${one}`, [one]]) {
      const request = { method: 'GET', url: '/orders', proof: await key.proof(about) }
      const user = await verifier.authenticate(authorization, { scopes: ['Orders.Read'] }, { request })
      expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toBeTypeOf('string')
    }
    expect(exchanges()).toBe(1)
    const request = { method: 'GET', url: '/orders', proof: await key.proof(about) }
    const bound = await verifier.authenticate(one, { scopes: ['Orders.Read'] }, { request })
    expect(await failure(downstream.tokenFor(bound, [one, one], invoicesScopes))).toMatchObject({
      code: 'request_malformed',
    })
    expect(await failure(downstream.tokenFor(bound, null, invoicesScopes))).toMatchObject({
      code: 'token_missing',
    })
    // Nobody proved anything: the scheme is none of a plain token.
    const plain = await createVerifier({ ...entra.verifierOptions() }).verify(await entra.issueUserToken())
    expect(
      await failure(onBehalfOf(options).tokenFor(plain, `DPoP ${accessToken}`, invoicesScopes)),
    ).toMatchObject({
      code: 'scheme_refused',
    })
  })

  it('hands a bound token over as it is, also one that ends like the name of a scheme', async () => {
    const { options, signIn } = await world()
    const [user] = await signIn()
    const { tenantId: tid, objectId: oid, subject: sub } = user
    const bound: UserIdentity = { ...user, bound: { by: 'mtls', thumbprint: 'x' } }
    const header = `${headerOf({ tid, oid, sub })}.dpop`
    const [noted, forms] = withForms(options)
    await failure(onBehalfOf(noted).tokenFor(bound, `${header} `, invoicesScopes))
    expect(forms.map((form) => form.get('assertion'))).toEqual([header.slice(7)])
  })

  it('asks once for the same user, header and scopes, however many ask at once', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const ask = (): Promise<string> => downstream.tokenFor(user, authorization, invoicesScopes)
    const tokens = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(tokens).size).toBe(1)
    expect(await ask()).toBe(tokens[0])
    expect(exchanges()).toBe(1)
  })

  it('asks anew for another user, another token of the same user and other scopes', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, first] = await signIn()
    const [again, second] = await signIn({ claims: { uti: 'another' } })
    const [other, third] = await signIn({ user: userNamed(1) })
    const tokens = [
      await downstream.tokenFor(user, first, invoicesScopes),
      await downstream.tokenFor(again, second, invoicesScopes),
      await downstream.tokenFor(other, third, invoicesScopes),
      await downstream.tokenFor(user, first, ['api://invoices/Invoices.Write']),
    ]
    expect(new Set(tokens).size).toBe(4)
    expect(exchanges()).toBe(4)
  })

  it('takes the order of scopes for nothing', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const both = ['api://invoices/Invoices.Read', 'api://invoices/Invoices.Write']
    await downstream.tokenFor(user, authorization, both)
    await downstream.tokenFor(user, authorization, both.toReversed())
    expect(exchanges()).toBe(1)
  })

  it('asks the tenant that issued the user’s token', async () => {
    const { entra, downstream, signIn } = await world()
    const [user, authorization] = await signIn({ tenantId: defaults.otherTenantId })
    await downstream.tokenFor(user, authorization, invoicesScopes)
    const asked = entra.requests.filter(({ url }) => url.includes('/oauth2/v2.0/token'))
    expect(asked.map(({ url }) => new URL(url).pathname.split('/')[1])).toEqual([defaults.otherTenantId])
  })

  it('asks again before the token expires, and never gives one that has', async () => {
    const { entra, downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const first = await downstream.tokenFor(user, authorization, invoicesScopes)
    entra.advance(400)
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toBe(first)
    entra.advance(150) // of 600 seconds
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).not.toBe(first)
    expect(exchanges()).toBe(2)
  })

  it('refuses an app, which has no user, and says what to use', async () => {
    const { entra, verifier, downstream } = await world({}, { appRoles: ['Orders.Read.All'] })
    const authorization = `Bearer ${await entra.issueAppToken({ roles: ['Orders.Read.All'] })}`
    const app = await verifier.authenticate(authorization, { callers: ['app'] })
    const error = await failure(downstream.tokenFor(app, authorization, invoicesScopes))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain('tokenForApp')
  })

  it.each([
    ['no token of three parts', 'opaque'],
    ['no JSON', `a.${Buffer.from('SECRET of somebody').toString('base64url')}.c`],
    ['JSON without claims', `a.${Buffer.from('null').toString('base64url')}.c`],
  ])('refuses a header with %s, and quotes nothing of it', async (_, token) => {
    const { downstream, signIn, exchanges } = await world()
    const [user] = await signIn()
    const error = await failure(downstream.tokenFor(user, `Bearer ${token}`, invoicesScopes))
    expect(String(error)).toMatch(/^TypeError: tokenFor: this Authorization header is not the one/)
    expect(exchanges()).toBe(0)
  })

  it('refuses a header that is not the one of the identity: two requests were mixed up', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user] = await signIn()
    const [, others] = await signIn({ user: userNamed(1) })
    expect(await failure(downstream.tokenFor(user, others, invoicesScopes))).toBeInstanceOf(TypeError)
    expect(exchanges()).toBe(0)
  })

  it('refuses such a header also where the token that it leads to is known', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const [other] = await signIn({ user: userNamed(1) })
    await downstream.tokenFor(user, authorization, invoicesScopes)
    const mixedUp = failure(downstream.tokenFor(other, authorization, invoicesScopes))
    expect(String(await mixedUp)).toContain('is not the one that the identity came from')
    expect(exchanges()).toBe(1)
  })

  it.each([
    ['tenant', { tid: defaults.otherTenantId }],
    ['user', { oid: 'aaaaaaaa-0000-4000-8000-000000000009' }],
    ['subject', { sub: 'another' }],
    ['user, of whom it says nothing,', { oid: undefined }],
  ])('refuses a header of the same people but for another %s', async (_what, changes) => {
    const { downstream, signIn, exchanges } = await world()
    const [user] = await signIn()
    const { tenantId: tid, objectId: oid, subject: sub } = user
    const other = downstream.tokenFor(user, headerOf({ tid, oid, sub, ...changes }), invoicesScopes)
    expect(String(await failure(other))).toContain('is not the one that the identity came from')
    expect(exchanges()).toBe(0)
    // What the identity came from is handed over; Entra ID sees that nobody signed this one.
    expect(
      await failure(downstream.tokenFor(user, headerOf({ tid, oid, sub }), invoicesScopes)),
    ).not.toBeInstanceOf(TypeError)
    expect(exchanges()).toBe(1)
  })

  it('asks for nothing where the caller has gone already, also with another token for claims', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const signal = AbortSignal.abort(new RangeError('gone'))
    const claims = claimsFor('1')
    for (const options of [{ signal }, { signal, claims }])
      expect(await failure(downstream.tokenFor(user, authorization, invoicesScopes, options))).toBeInstanceOf(
        RangeError,
      )
    expect(exchanges()).toBe(0)
  })

  it('leaves no listener at the signal of a caller who stayed', async () => {
    const { downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    const { signal } = new AbortController()
    await downstream.tokenFor(user, authorization, invoicesScopes, { signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('asks past the cache for claims, once for all who ask for the same', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const first = await downstream.tokenFor(user, authorization, invoicesScopes)
    const ask = (claims: string): Promise<string> =>
      downstream.tokenFor(user, authorization, invoicesScopes, { claims })
    const [one, same, other] = await Promise.all(['1', '1', '2'].map((value) => ask(claimsFor(value))))
    expect(one).toBe(same)
    expect(new Set([first, one, other]).size).toBe(3)
    expect(exchanges()).toBe(3)
  })

  it('sends the claims that were asked for, for a user and for an app, and none otherwise', async () => {
    const { options, signIn } = await world()
    const [user, authorization] = await signIn()
    const [noted, forms] = withForms(options)
    const downstream = onBehalfOf(noted)
    const ofApp = ['api://invoices/.default']
    for (const more of [{}, { claims: claimsFor('1') }]) {
      await downstream.tokenFor(user, authorization, invoicesScopes, more)
      await downstream.tokenForApp(defaults.tenantId, ofApp, more)
    }
    const sent = forms.map((form) => JSON.parse(form.get('claims') ?? '{}') as object)
    const asked = { access_token: { nbf: { essential: true, value: '1' } } }
    expect(sent).toMatchObject([{}, {}, asked, asked])
    for (const plain of sent.slice(0, 2)) expect(plain).not.toHaveProperty('access_token.nbf')
  })

  it('names this API in the form that Entra ID writes, whatever case it was configured in', async () => {
    const { entra, options } = await world()
    const clientId = 'bbbbbbbb-0000-4000-8000-000000000000'
    entra.register({ apps: [{ clientId, secret }] })
    const [noted, forms] = withForms({ ...options, clientId: clientId.toUpperCase() })
    await onBehalfOf(noted).tokenForApp(defaults.tenantId, ['api://invoices/.default'])
    expect(forms.map((form) => form.get('client_id'))).toEqual([clientId])
  })

  it('ends the wait of a caller who goes, and not that of the others', async () => {
    const { downstream, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const leaving = new AbortController()
    const left = failure(downstream.tokenFor(user, authorization, invoicesScopes, { signal: leaving.signal }))
    const stays = downstream.tokenFor(user, authorization, invoicesScopes)
    leaving.abort(new RangeError('gone'))
    expect(await left).toBeInstanceOf(RangeError)
    expect(await stays).toMatch(/^eyJ/)
    expect(exchanges()).toBe(1)
  })

  it('keeps a bounded number of tokens', async () => {
    const { downstream, signIn, exchanges } = await world({ cacheSize: 4 })
    const [user, first] = await signIn()
    await downstream.tokenFor(user, first, invoicesScopes)
    for (let index = 0; index < 8; index++) {
      const [other, authorization] = await signIn({ user: userNamed(index + 1) })
      await downstream.tokenFor(other, authorization, invoicesScopes)
    }
    await downstream.tokenFor(user, first, invoicesScopes)
    expect(exchanges()).toBe(10)
  })
})

describe('MSAL', () => {
  it('is left with no token: of itself it keeps each one, for as long as the process lives', async () => {
    const asking = vi.spyOn(ConfidentialClientApplication.prototype, 'acquireTokenOnBehalfOf')
    try {
      const { downstream, signIn } = await world()
      for (const who of [0, 1]) {
        const [user, authorization] = await signIn({ user: userNamed(who) })
        await downstream.tokenFor(user, authorization, invoicesScopes)
      }
      const [client] = asking.mock.contexts
      expect(client).toBeInstanceOf(ConfidentialClientApplication)
      const kept = (client as ConfidentialClientApplication).getTokenCache().serialize()
      expect(kept).not.toContain('eyJ')
      expect(asking).toHaveBeenCalledTimes(2)
    } finally {
      asking.mockRestore()
    }
  })
})

describe('an agent', () => {
  it.each(['onBehalfOf', 'userAccount'] as const)(
    'of the kind %s is exchanged like the user it is',
    async (agent) => {
      const { entra, downstream, signIn } = await world()
      const [user, authorization] = await signIn({ agent })
      expect(user.agent?.kind).toBe(agent)
      const token = await downstream.tokenFor(user, authorization, invoicesScopes)
      const other = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
      const seen = await other.authenticate(`Bearer ${token}`, { scopes: ['Invoices.Read'] })
      expect([seen.key, seen.clientId]).toEqual([user.key, defaults.apiClientId])
    },
  )

  it('gets the challenge of the other API, which its client may answer or not', async () => {
    const { entra, downstream, signIn } = await world()
    entra.conditionalAccess.add({ resources: [invoices], requires: 'mfa' })
    const [user, authorization] = await signIn({ agent: 'onBehalfOf', capabilities: ['cp1'] })
    expect(await failure(downstream.tokenFor(user, authorization, invoicesScopes))).toMatchObject({
      code: 'claims_required',
      status: 401,
    })
  })

  it('that acts by itself is an app, and has no user to call for', async () => {
    const { entra, verifier, downstream, exchanges } = await world({}, { appRoles: ['Orders.Read.All'] })
    const authorization = `Bearer ${await entra.issueAppToken({ agent: true, roles: ['Orders.Read.All'] })}`
    const app = await verifier.authenticate(authorization, { callers: ['app'] })
    expect(app.agent?.kind).toBe('autonomous')
    expect(await failure(downstream.tokenFor(app, authorization, invoicesScopes))).toBeInstanceOf(TypeError)
    expect(exchanges()).toBe(0)
  })
})

describe('tokenForApp', () => {
  it('gives a token with this API’s own permissions, from the same cache', async () => {
    const { entra, downstream, exchanges } = await world({}, { grantedPermissions: ['Invoices.Read.All'] })
    const token = await downstream.tokenForApp(defaults.tenantId, ['api://invoices/.default'])
    expect(await downstream.tokenForApp(defaults.tenantId, ['api://invoices/.default'])).toBe(token)
    const other = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
    const app = await other.authenticate(`Bearer ${token}`, { appPermissions: ['Invoices.Read.All'] })
    expect(app.clientId).toBe(defaults.apiClientId)
    expect(exchanges()).toBe(1)
  })

  it.each([
    ['scopes by name', defaults.tenantId, ['api://invoices/Invoices.Read']],
    ['two resources', defaults.tenantId, ['api://invoices/.default', 'api://other/.default']],
    ['a path for a tenant', '../common', ['api://invoices/.default']],
    ['a tenant with a path', `${defaults.tenantId}/..`, ['api://invoices/.default']],
    ['no tenant', '', ['api://invoices/.default']],
    ['a tenant that is no text', 7 as never, ['api://invoices/.default']],
    ['a tenant in a list', [defaults.tenantId] as never, ['api://invoices/.default']],
    ...[
      '.',
      '..',
      '...',
      'a..b',
      '.com',
      'contoso',
      'contoso.',
      '-a.com',
      'a-.com',
      '127.0.0.1',
      'contoso.com/..',
    ].map((tenant): [string, string, string[]] => [
      `a tenant called ${tenant}`,
      tenant,
      ['api://invoices/.default'],
    ]),
    ...['common', 'organizations', 'consumers'].map((tenant): [string, string, string[]] => [
      `${tenant}, which is no tenant`,
      tenant,
      ['api://invoices/.default'],
    ]),
    ['no scopes', defaults.tenantId, []],
  ])('refuses %s', async (_, tenant, scopes) => {
    const { entra, downstream } = await world()
    expect(await failure(downstream.tokenForApp(tenant, scopes))).toBeInstanceOf(TypeError)
    expect(entra.requests).toEqual([])
  })

  it.each([
    ['its id', defaults.tenantId, defaults.tenantId],
    ['its id in capitals', defaults.tenantId.toUpperCase(), defaults.tenantId],
    ['a domain name', 'Contoso.com', 'contoso.com'],
    ['a domain name of many parts', 'a-b.xn--bcher-kva.xn--p1ai', 'a-b.xn--bcher-kva.xn--p1ai'],
  ])('asks the tenant that is named, by %s', async (_, tenant, segment) => {
    const { options } = await world()
    const asked: string[] = []
    const downstream = onBehalfOf({
      ...options,
      fetch: async (input, init) => {
        const { url, method } = new Request(input, init)
        if (method === 'POST') asked.push(new URL(url).pathname)
        return method === 'POST'
          ? Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 3600 })
          : await (options.fetch ?? fetch)(input, init)
      },
    })
    expect(await downstream.tokenForApp(tenant, ['api://invoices/.default'])).toBe('x')
    expect(asked).toEqual([`/${segment}/oauth2/v2.0/token`])
  })

  it('as tokenFor, says what is wrong with scopes that are none', async () => {
    const { downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    const told = 'TypeError: scopes must be a list of scopes, such as ["api://…/Invoices.Read"]'
    expect(String(await failure(downstream.tokenFor(user, authorization, ['a b'])))).toBe(told)
    expect(String(await failure(downstream.tokenForApp(defaults.tenantId, ['a b'])))).toBe(told)
  })
})

describe('a credential', () => {
  it('that a function gives is taken anew when it was rotated', async () => {
    let current = 'wrong-secret-of-yesterday'
    const { downstream, signIn } = await world({ credential: { secret: () => current } })
    const [user, authorization] = await signIn()
    const error = await failure(downstream.tokenFor(user, authorization, invoicesScopes))
    expect(error).toMatchObject({ name: 'DownstreamError', code: 'credential_refused', errorNumber: 7000215 })
    current = secret
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
  })

  it('that has expired is named, with its number', async () => {
    const { downstream, signIn } = await world({}, { secretExpiresAt: '2020-01-01T00:00:00Z' })
    const [user, authorization] = await signIn()
    const error = await failure(downstream.tokenFor(user, authorization, invoicesScopes))
    expect(error).toBeInstanceOf(DownstreamError)
    expect(error).toMatchObject({ code: 'credential_refused', errorNumber: 7000222 })
  })
})

describe('what the exchange is refused with', () => {
  it('reaches the client of this API as a claims challenge, if it understands one', async () => {
    const { entra, downstream, signIn } = await world()
    entra.conditionalAccess.add({ resources: [invoices], requires: 'mfa' })
    const [capable, first] = await signIn({ capabilities: ['cp1'] })
    const error = await failure(downstream.tokenFor(capable, first, invoicesScopes))
    expect(error).toMatchObject({ name: 'EntraGuardError', code: 'claims_required', status: 401 })
    const [plain, second] = await signIn()
    expect(await failure(downstream.tokenFor(plain, second, invoicesScopes))).toMatchObject({ status: 403 })
  })

  it('is an error of the server where consent is missing', async () => {
    const { downstream, signIn } = await world({}, { grantedScopes: [] })
    const [user, authorization] = await signIn()
    const error = await failure(downstream.tokenFor(user, authorization, invoicesScopes))
    expect(error).toMatchObject({ name: 'DownstreamError', code: 'consent_required', errorNumber: 65001 })
  })

  it('is 401 for a token that has expired within the tolerance of this API', async () => {
    const { downstream, signIn } = await world()
    const [user, authorization] = await signIn({ expiresIn: -100 })
    expect(await failure(downstream.tokenFor(user, authorization, invoicesScopes))).toMatchObject({
      name: 'EntraGuardError',
      status: 401,
    })
  })
})

describe('an outage of the token endpoint', () => {
  it('leaves known tokens alone, and is 503 for the others', async () => {
    const { entra, downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    const [other, third] = await signIn({ user: userNamed(1) })
    const token = await downstream.tokenFor(user, authorization, invoicesScopes)
    entra.goOffline()
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toBe(token)
    const error = await failure(downstream.tokenFor(other, third, invoicesScopes))
    expect(error).toMatchObject({ name: 'EntraGuardError', code: 'check_unavailable', status: 503 })
    entra.goOnline()
    expect(await downstream.tokenFor(other, third, invoicesScopes)).toMatch(/^eyJ/)
  })

  it.each([{}, { token_type: 'Bearer', expires_in: 3600 }, { access_token: '', expires_in: 3600 }])(
    'that answers with success and no token is 503: %j',
    async (answer) => {
      const { options, signIn } = await world()
      const [user, authorization] = await signIn()
      const downstream = onBehalfOf({
        ...options,
        fetch: async (input, init) =>
          init?.method === 'POST' ? Response.json(answer) : await (options.fetch ?? fetch)(input, init),
      })
      expect(await failure(downstream.tokenFor(user, authorization, invoicesScopes))).toMatchObject({
        code: 'check_unavailable',
        status: 503,
      })
    },
  )

  it.each([
    [429, { 'retry-after': '17' }, { retryAfter: 17 }],
    [503, { 'retry-after': '17' }, { retryAfter: 17 }],
    [503, { 'retry-after': '999999' }, { retryAfter: 3600 }],
    [502, {}, {}],
  ])('that answers %i is 503, with what it said about waiting', async (status, headers, challenge) => {
    const { options, signIn } = await world()
    const [user, authorization] = await signIn()
    const downstream = onBehalfOf({
      ...options,
      fetch: (input, init) =>
        init?.method === 'POST'
          ? Promise.resolve(new Response('<html>', { status, headers }))
          : (options.fetch ?? fetch)(input, init),
    })
    const error = await failure(downstream.tokenFor(user, authorization, invoicesScopes))
    expect(error).toMatchObject({ code: 'check_unavailable', status: 503, challenge })
  })
})

describe('no error tells anything', () => {
  it('of the user’s token, of the credential, or of what MSAL wrote', async () => {
    const { entra, options, signIn } = await world()
    const [user, authorization] = await signIn()
    const secretOfBreaking = 'a-secret-that-is-wrong'
    const broken: DownstreamOptions[] = [
      { ...options, credential: { secret: secretOfBreaking } },
      { ...options, fetch: () => Promise.reject(new Error(`could not send ${authorization}`)) },
    ]
    for (const each of broken) {
      const error = await failure(onBehalfOf(each).tokenFor(user, authorization, invoicesScopes))
      const told = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`
      expect(told).not.toContain(authorization.slice(20, 60))
      expect(told).not.toContain(secretOfBreaking)
    }
    entra.goOffline()
    const error = await failure(onBehalfOf(options).tokenFor(user, authorization, invoicesScopes))
    expect(EntraGuardError.is(error)).toBe(true)
  })
})
