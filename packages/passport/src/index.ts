export { BearerStrategy, type AuthenticateOptions } from './bearer-strategy.ts'
export type {
  IBearerStrategyOption,
  IBearerStrategyOptionWithRequest,
  MoreOptions,
  Translation,
  VerifierStrategyOptions,
  VerifierStrategyOptionsWithRequest,
} from './options.ts'
export { EntraGuardRefusal, refusalOf } from './refusal.ts'
export type { BearerRequest } from './request-token.ts'
export { translateOptions } from './translate-options.ts'
export type {
  AuthInfo,
  ITokenPayload,
  VerifyBearerFunction,
  VerifyBearerFunctionWithReq,
  VerifyCallback,
} from './types.ts'
