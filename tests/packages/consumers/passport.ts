import type { AppIdentity, EntraGuardErrorCode, UserIdentity, Verifier } from '@entraguard/core'
import {
  BearerStrategy,
  refusalOf,
  translateOptions,
  type AuthInfo,
  type ITokenPayload,
} from '@entraguard/passport'
import passport, { type Strategy } from 'passport'

import { expectType } from './expect-type.js'

export function register(verifier: Verifier, request: object): void {
  const identityMetadata =
    'https://login.microsoftonline.com/contoso.com/v2.0/.well-known/openid-configuration'
  const options = { identityMetadata, clientID: 'orders' }
  const old = new BearerStrategy(options, (token, done) => {
    expectType<ITokenPayload>()(token)
    done(null, token)
  })
  const strategy: Strategy = old
  passport.use(strategy).use('entra', new BearerStrategy({ verifier, access: { scopes: ['Orders.Read'] } }))
  expectType<UserIdentity | AppIdentity>()(({} as AuthInfo).identity)
  expectType<EntraGuardErrorCode | undefined>()(refusalOf(request)?.code)
  expectType<number | undefined>()(translateOptions(options).verifier.clockTolerance)
  // @ts-expect-error the old options need a verify function
  expectType<BearerStrategy>()(new BearerStrategy(options))
}
