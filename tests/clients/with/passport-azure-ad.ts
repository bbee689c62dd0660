import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { Person } from '../person.ts'
import { ADA, api, portal, secret, serve, tenantId, type World } from '../world.ts'

async function load() {
  const { default: strategies } = await import('passport-azure-ad')
  const { default: passports } = await import('passport')
  const { default: express } = await import('express')
  return { ...strategies, passport: new passports.Passport(), express }
}

/** Whom passport found. */
const found = (request: object): unknown => Reflect.get(request, 'user')

/** A web app that signs in with OIDCStrategy; gives the profile that its verify function got. */
async function signIn(world: World, options: object, metadata: string): Promise<unknown> {
  const { OIDCStrategy, passport, express } = await load()
  const { default: session } = await import('express-session')
  return serve(
    (origin) => {
      const strategy = new OIDCStrategy(
        {
          identityMetadata: metadata,
          clientID: portal,
          clientSecret: secret,
          redirectUrl: `${origin}/callback`,
          allowHttpForRedirectUrl: true,
          responseMode: 'form_post',
          scope: ['profile', 'email'],
          loggingLevel: 'error',
          ...options,
        },
        (profile, done) => done(null, profile),
      )
      passport.use('azuread-openidconnect', strategy)
      const app = express()
      app.use(express.urlencoded({ extended: false }))
      app.use(session({ secret: 'a', resave: false, saveUninitialized: true }))
      const authenticate = passport.authenticate('azuread-openidconnect', {
        session: false,
        failWithError: true,
      })
      app.get('/login', authenticate)
      app.all('/callback', authenticate, (request, response) => void response.json(found(request)))
      return app
    },
    async (origin) => {
      const { html } = await new Person(ADA).visit(`${origin}/login`)
      return JSON.parse(html)
    },
  )
}

const v2 = ({ server }: World): string => `${server.url}/${tenantId}/v2.0/.well-known/openid-configuration`
const v1 = ({ server }: World): string => `${server.url}/${tenantId}/.well-known/openid-configuration`

const person = { oid: ADA, displayName: 'Ada Lovelace' }

export const client: Client = {
  name: 'passport-azure-ad',
  options: '`identityMetadata`, `allowHttpForRedirectUrl: true` for an app on http',
  flows: {
    'authorization code': async (world) => {
      expect(await signIn(world, { responseType: 'code' }, v2(world))).toMatchObject(person)
    },
    hybrid: async (world) => {
      expect(await signIn(world, { responseType: 'code id_token' }, v2(world))).toMatchObject(person)
      expect(await signIn(world, { responseType: 'id_token' }, v2(world))).toMatchObject(person)
      const { displayName } = person
      expect(await signIn(world, { responseType: 'code id_token' }, v1(world))).toMatchObject({ displayName })
    },
    userinfo: async (world) => {
      // Of v1.0 it takes the profile from there, and compares the subject with the one of the ID token.
      expect(await signIn(world, { responseType: 'code' }, v1(world))).toMatchObject({
        displayName: 'Ada Lovelace',
      })
    },
    validation: async (world) => {
      const { BearerStrategy, passport, express } = await load()
      const options = { identityMetadata: v2(world), clientID: api, audience: api, loggingLevel: 'error' }
      passport.use('oauth-bearer', new BearerStrategy(options, (token, done) => done(null, token)))
      const app = express()
      app.get(
        '/orders',
        passport.authenticate('oauth-bearer', { session: false }),
        (request, response) => void response.json(found(request)),
      )
      await serve(
        () => app,
        async (origin) => {
          const call = async (token: string): Promise<Response> =>
            fetch(`${origin}/orders`, { headers: { authorization: `Bearer ${token}` } })
          const good = await call(await world.entra.issueUserToken({ user: ADA }))
          expect(await good.json()).toMatchObject({ oid: ADA })
          expect((await call(await world.entra.issueUserToken({ audience: 'api://another' }))).status).toBe(
            401,
          )
          expect((await call(await world.entra.issueUserToken({ signWith: 'unknown' }))).status).toBe(401)
        },
      )
    },
  },
}
