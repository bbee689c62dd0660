import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createEmulator, defaults } from '@entraguard/emulator'
import { BearerStrategy, type ITokenPayload, type VerifyCallback } from '@entraguard/passport'
import express, { type Express } from 'express'
import passports from 'passport'
import { describe, expect, it } from 'vitest'

/*
 * The samples that the documentation of passport-azure-ad shows and links, by their configuration and their way of
 * asking, with the import changed: every option is there, most of them null. `way` leads to the emulator.
 */

const entra = await createEmulator()
const way = { fetch: entra.fetch, now: () => entra.now() }
const { tenantId, otherTenantId, apiClientId: api } = defaults

interface Creds {
  readonly identityMetadata: string
  readonly validateIssuer: boolean
  readonly issuer: readonly string[] | null
}

/** README, 4.2.1.1, and AppModelv2-WebAPI-nodejs: one object of settings, users found by `oid`. */
function commonSample(creds: Creds, route: object = {}): Express {
  const passport = new passports.Passport()
  const users: ITokenPayload[] = []
  const options = {
    identityMetadata: creds.identityMetadata,
    clientID: api,
    validateIssuer: creds.validateIssuer,
    issuer: creds.issuer,
    passReqToCallback: false,
    isB2C: false,
    policyName: null,
    allowMultiAudiencesInToken: false,
    audience: null,
    loggingLevel: 'info',
    loggingNoPII: true,
    clockSkew: null,
    scope: null,
  } as const
  const findById = (id: unknown, then: (error: null, found?: ITokenPayload) => void): void =>
    then(
      null,
      users.find(({ oid }) => oid === id),
    )
  const verify = (token: ITokenPayload, done: VerifyCallback): void =>
    findById(token.oid, (error, found) => {
      if (error !== null) return done(error)
      if (found !== undefined) return done(null, found, token)
      users.push(token)
      done(null, token)
    })
  passport.use(new BearerStrategy({ ...options, ...way }, verify))
  const app = express()
  app.use(express.urlencoded({ extended: true }), passport.initialize())
  app.get(
    '/api/tasks',
    passport.authenticate('oauth-bearer', { session: false, ...route }),
    (request, response) => {
      const { oid } = request.user as ITokenPayload
      response.json({ owner: oid, known: users.length })
    },
  )
  return app
}

/** active-directory-b2c-javascript-nodejs-webapi: a file of settings, the claims in `authInfo`. */
function b2cSample(): Express {
  const passport = new passports.Passport()
  const config = {
    credentials: { tenantName: 'contosob2c', clientID: api },
    policies: { policyName: 'B2C_1_susi' },
    resource: { scope: ['Orders.Read'] },
    metadata: { discovery: '.well-known/openid-configuration', version: 'v2.0' },
    settings: { isB2C: true, validateIssuer: true, passReqToCallback: false, loggingLevel: 'info' },
  } as const
  const { tenantName, clientID } = config.credentials
  const { policyName } = config.policies
  const place = `https://${tenantName}.b2clogin.com/${tenantName}.onmicrosoft.com`
  const options = {
    identityMetadata: `${place}/${policyName}/${config.metadata.version}/${config.metadata.discovery}`,
    clientID,
    audience: clientID,
    policyName,
    ...config.settings,
    scope: config.resource.scope,
  } as const
  passport.use(new BearerStrategy({ ...options, ...way }, (token, done) => done(null, {}, token)))
  const app = express().use(passport.initialize())
  app.get('/hello', passport.authenticate('oauth-bearer', { session: false }), (request, response) => {
    response.json({ name: (request.authInfo as ITokenPayload).name })
  })
  return app
}

async function ask(app: Express, path: string, ...tokens: readonly string[]): Promise<readonly unknown[]> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answers: unknown[] = []
  for (const token of tokens) {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    answers.push(response.ok ? await response.json() : response.status)
  }
  server.closeAllConnections()
  server.close()
  return answers
}

const ada = await entra.issueUserToken()
const stranger = await entra.issueUserToken({ tenantId: otherTenantId })
const common = 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration'
const owned = { owner: expect.any(String) as string }

describe('the sample for common', () => {
  it('with issuers: their users, found again the second time', async () => {
    const issuer = [`https://login.microsoftonline.com/${tenantId}/v2.0`]
    const app = commonSample({ identityMetadata: common, validateIssuer: true, issuer })
    expect(await ask(app, '/api/tasks', ada, ada, stranger)).toEqual([
      { ...owned, known: 1 },
      { ...owned, known: 1 },
      401,
    ])
  })

  it('without a check of the issuer: the users of every tenant', async () => {
    const app = commonSample({ identityMetadata: common, validateIssuer: false, issuer: null })
    expect(await ask(app, '/api/tasks', ada, stranger)).toEqual([
      { ...owned, known: 1 },
      { ...owned, known: 2 },
    ])
  })

  it('with the tenant in the route: its users', async () => {
    const app = commonSample(
      { identityMetadata: common, validateIssuer: true, issuer: null },
      { tenantIdOrName: 'contoso.onmicrosoft.com' },
    )
    expect(await ask(app, '/api/tasks', ada, stranger)).toEqual([{ ...owned, known: 1 }, 401])
  })

  it('with the metadata of v1.0 and a domain: v1.0 tokens', async () => {
    const identityMetadata =
      'https://login.microsoftonline.com/contoso.onmicrosoft.com/.well-known/openid-configuration'
    const app = commonSample({ identityMetadata, validateIssuer: true, issuer: null })
    const v1 = await entra.issueUserToken({ version: '1.0', audience: `spn:${api}` })
    expect(await ask(app, '/api/tasks', v1, ada)).toEqual([{ ...owned, known: 1 }, 401])
  })
})

describe('the sample for B2C', () => {
  it('accepts tokens of the policy with the scope, and says the name', async () => {
    const good = await entra.issueB2cToken({ scopes: ['Orders.Read'], claims: { name: 'Ada' } })
    const other = await entra.issueB2cToken({ scopes: ['Orders.Write'] })
    const edited = await entra.issueB2cToken({ policy: 'B2C_1A_signup_signin' })
    expect(await ask(b2cSample(), '/hello', good, other, edited, ada)).toEqual([
      { name: 'Ada' },
      401,
      401,
      401,
    ])
  })
})
