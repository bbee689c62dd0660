import {
  hasMembers,
  hasMembersAnd,
  isEither,
  isFlag,
  isFunction,
  isNumber,
  isObject,
  isOneOf,
  isText,
  isTexts,
  type Check,
} from '../values/shape.ts'
import type {
  AccessTokenOptions,
  AppTokenOptions,
  B2cTokenOptions,
  IdTokenOptions,
  TokenOptions,
  UserTokenOptions,
} from './token-options.ts'

/** One check for each option of a kind of token, no more and no fewer. */
type Checks<Options> = Readonly<Record<keyof Options, Check>>

const isBound = isEither(
  [
    // `proof` is there when it is what `createProofKey` gives.
    hasMembersAnd(['jkt'], { jkt: isText, proof: isFunction }),
    hasMembersAnd(['certificate'], { certificate: isText }),
  ],
  'a jkt or a certificate',
)

const everyToken: Checks<TokenOptions> = {
  audience: isText,
  tenantId: isText,
  version: isOneOf('1.0', '2.0'),
  expiresIn: isNumber,
  claims: isObject,
  header: isObject,
  signWith: isText,
}

const accessToken: Checks<AccessTokenOptions> = {
  ...everyToken,
  clientId: isText,
  clientAuthentication: isOneOf('public', 'secret', 'certificate'),
  roles: isTexts,
  capabilities: isTexts,
  boundTo: isBound,
}

const userToken: Checks<UserTokenOptions> = {
  ...accessToken,
  user: isText,
  scopes: isTexts,
  groups: isEither([isOneOf('overage'), isTexts], '"overage" or a list of group ids'),
  directoryRoles: isTexts,
  guestFrom: isText,
  personalAccount: isFlag,
  authenticationMethods: isTexts,
  authenticationContexts: isTexts,
  agent: isOneOf('onBehalfOf', 'userAccount'),
}

const appToken: Checks<AppTokenOptions> = {
  ...accessToken,
  objectId: isText,
  managedIdentity: isText,
  agent: isFlag,
}

const b2cToken: Checks<B2cTokenOptions> = {
  ...everyToken,
  version: isOneOf('1.0'),
  policy: isText,
  clientId: isText,
  scopes: isTexts,
  user: isText,
  application: isFlag,
  nonce: isText,
  boundTo: isBound,
}

const idToken: Checks<IdTokenOptions> = {
  ...everyToken,
  user: isText,
  nonce: isText,
  scopes: isTexts,
  codeHash: isText,
  accessTokenHash: isText,
}

/**
 * What each kind of token may be asked for. A misspelt `scopes` would give a token with all of them, and a test that
 * was to see a refusal would see none.
 */
export const checkTokenOptions: Readonly<Record<'user' | 'app' | 'b2c' | 'id', Check>> = {
  user: hasMembers(userToken),
  app: hasMembers(appToken),
  b2c: hasMembers(b2cToken),
  id: hasMembers(idToken),
}
