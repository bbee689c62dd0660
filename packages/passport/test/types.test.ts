import { createVerifier, type AppIdentity, type UserIdentity } from '@entraguard/core'
import type { Request } from 'express'
import type { Strategy } from 'passport'
import { expect, expectTypeOf, it } from 'vitest'

import {
  BearerStrategy,
  type AuthenticateOptions,
  type AuthInfo,
  type BearerRequest,
  type IBearerStrategyOption,
  type IBearerStrategyOptionWithRequest,
  type ITokenPayload,
  type MoreOptions,
  type Translation,
  type VerifierStrategyOptions,
  type VerifierStrategyOptionsWithRequest,
  type VerifyBearerFunctionWithReq,
  type VerifyCallback,
} from '../src/index.ts'
import { emulator, legacyOptions } from './world.ts'

const entra = await emulator()
const verifier = createVerifier(entra.verifierOptions())

it('is a strategy to the types of passport', () => {
  expectTypeOf<BearerStrategy>().toExtend<Strategy>()
  expectTypeOf<Request>().toExtend<BearerRequest>()
})

it('gives a verify function the types that go with its options', () => {
  const options: IBearerStrategyOption = legacyOptions(entra)
  const withRequest: IBearerStrategyOptionWithRequest = { ...options, passReqToCallback: true }
  const own: VerifierStrategyOptions = { verifier }
  const ownWithRequest: VerifierStrategyOptionsWithRequest = { verifier, passReqToCallback: true }
  const made = [
    new BearerStrategy(options, (token, done) => {
      expectTypeOf(token).toEqualTypeOf<ITokenPayload>()
      expectTypeOf(done).toEqualTypeOf<VerifyCallback>()
    }),
    new BearerStrategy(withRequest, (request: Request, token, done) => {
      expectTypeOf(token).toEqualTypeOf<ITokenPayload>()
      done(null, request)
    }),
    // As people have written them: one type of options for either kind of function.
    new BearerStrategy(withRequest, (token: ITokenPayload, done: VerifyCallback) => done(null, token)),
    new BearerStrategy({ ...options, passReqToCallback: false }, (token, done) => done(null, token.oid)),
    new BearerStrategy({ ...options, passReqToCallback: true }, (request, token, done) => {
      expectTypeOf(token).toEqualTypeOf<ITokenPayload>()
      done(null, request)
    }),
    new BearerStrategy(own),
    new BearerStrategy(own, (token) => {
      expectTypeOf(token.oid).toEqualTypeOf<string | undefined>()
    }),
    new BearerStrategy(ownWithRequest, ((request: Request, token, done) =>
      done(null, [request, token])) satisfies VerifyBearerFunctionWithReq),
  ]
  expect(made.map(({ name }) => name)).toEqual(Array(8).fill('oauth-bearer'))
})

it('knows what is in authInfo, and what a route may say', () => {
  expectTypeOf<AuthInfo['identity']>().toEqualTypeOf<UserIdentity | AppIdentity>()
  expectTypeOf<AuthInfo<UserIdentity>['identity']>().toEqualTypeOf<UserIdentity>()
  expectTypeOf<AuthenticateOptions['tenantIdOrName']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<MoreOptions>().not.toHaveProperty('audience')
  expectTypeOf<Translation>().toHaveProperty('access')
})

it('does not compile without a verify function for the old options', () => {
  // @ts-expect-error passport-azure-ad asks for one, too
  expect(() => new BearerStrategy(legacyOptions(entra))).toThrow(TypeError)
})
