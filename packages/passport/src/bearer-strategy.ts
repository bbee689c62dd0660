import {
  anError,
  challengeFor,
  EntraGuardError,
  proofOf,
  requireIdentity,
  withScopes,
  type Access,
  type ChallengeOptions,
  type Verifier,
} from '@entraguard/core'

import { openDoor, type Door } from './door.ts'
import type {
  IBearerStrategyOption,
  IBearerStrategyOptionWithRequest,
  VerifierStrategyOptions,
  VerifierStrategyOptionsWithRequest,
} from './options.ts'
import { EntraGuardRefusal, noteRefusal } from './refusal.ts'
import { headerOf, headerOrBodyOf, nodeRequestOf, type BearerRequest } from './request-token.ts'
import type { AuthInfo, VerifyBearerFunction, VerifyBearerFunctionWithReq } from './types.ts'
import { findUser, type Found, type Verify } from './verify-callback.ts'
import { warnOfRefusal, warnOnce } from './warnings.ts'

/** The options of `passport.authenticate` for this strategy, in addition to passport's own. */
export interface AuthenticateOptions {
  /** With the metadata of `common`: the tenant whose tokens this route accepts, by GUID or verified domain. */
  readonly tenantIdOrName?: string | undefined
  /** What this route requires, in addition to what the strategy requires. */
  readonly access?: Access | undefined
}

/** What passport adds to a strategy for one request. */
interface Actions {
  success(user: unknown, info: unknown): void
  fail(challenge: string, status?: number): void
  error(error: unknown): void
}

interface State {
  readonly door: Door
  readonly verify: Verify | undefined
}

// Passport calls an object that has the strategy as its prototype: private fields would not be there.
const state = Symbol('entraguard.bearer-strategy')

/**
 * A Passport strategy for access tokens of Microsoft Entra ID, B2C and External ID. It replaces that of
 * passport-azure-ad, and its name is also `oauth-bearer`.
 *
 * With the options of passport-azure-ad, it reads tokens where passport-azure-ad does, and answers every refusal with
 * 401. With `{ verifier, access? }`, it reads only the header, and a refusal is 400, 401 or 403, as the verifier says.
 * In both forms, keys that cannot be fetched are an error with status 503, and `request.authInfo.identity` is the
 * caller. The verify function gets the payload; without one, the user is the identity. A challenge contains nothing
 * from the token.
 *
 * @throws {TypeError} for an option that is unknown, malformed, or cannot be supported safely, and for options of
 * passport-azure-ad without a verify function.
 * @see https://github.com/entraguard/entraguard/blob/main/docs/coming-from-passport-azure-ad.md
 *
 * @example
 * ```ts
 * passport.use(new BearerStrategy({ verifier, access: { scopes: ['Orders.Read'] } }))
 * app.get('/orders', passport.authenticate('oauth-bearer', { session: false }), handler)
 * ```
 */
export class BearerStrategy {
  /** `oauth-bearer`. */
  readonly name: string = 'oauth-bearer'

  constructor(
    options: IBearerStrategyOption & { readonly passReqToCallback: true },
    verify: VerifyBearerFunctionWithReq,
  )
  constructor(
    options: IBearerStrategyOption & { readonly passReqToCallback?: false | null | undefined },
    verify: VerifyBearerFunction,
  )
  constructor(options: IBearerStrategyOptionWithRequest, verify: VerifyBearerFunctionWithReq)
  constructor(options: IBearerStrategyOption, verify: VerifyBearerFunction)
  constructor(options: VerifierStrategyOptionsWithRequest, verify: VerifyBearerFunctionWithReq)
  constructor(options: VerifierStrategyOptions, verify?: VerifyBearerFunction)
  constructor(
    options: IBearerStrategyOption | VerifierStrategyOptions,
    verify?: VerifyBearerFunction | VerifyBearerFunctionWithReq,
  ) {
    const door = openDoor(options)
    if (verify === undefined ? door.legacy || door.passReqToCallback : typeof verify !== 'function')
      throw new TypeError('BearerStrategy: verify is required and must be a function')
    const value: State = { door, verify }
    Object.defineProperty(this, state, { value })
  }

  /**
   * Called by passport. It calls passport's `success`, `fail` or `error` once.
   *
   * A mistake in the options of the route, such as a malformed tenant, ends in `error` with a `TypeError`.
   */
  authenticate(request: BearerRequest, options: AuthenticateOptions = {}): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the constructor put it there
    const { door, verify } = Reflect.get(this, state) as State
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- passport adds them to the object that it calls
    const actions = this as unknown as Actions
    void decide(door, verify, request, options).then((outcome) => settle(actions, outcome, request))
  }
}

type Outcome =
  | { readonly kind: 'success'; readonly found: Found }
  | { readonly kind: 'fail'; readonly challenge: string; readonly status: number }
  | { readonly kind: 'error'; readonly error: unknown }

/** Never rejects: whatever fails here is an outcome. */
async function decide(
  door: Door,
  verify: Verify | undefined,
  request: BearerRequest,
  options: AuthenticateOptions,
): Promise<Outcome> {
  let challenge: ChallengeOptions | undefined
  // What another strategy, or an earlier call, thought of the request.
  noteRefusal(request, undefined)
  try {
    if ('scope' in options) warnOnce('scope')
    const verifier = door.verifierFor(options.tenantIdOrName)
    challenge = verifier.challenge
    const identity = await admit(door, verifier, request, options)
    door.admitted(options.tenantIdOrName)
    return {
      kind: 'success',
      found: await findUser(verify, door.passReqToCallback ? [request] : [], identity),
    }
  } catch (error) {
    return EntraGuardError.is(error)
      ? refuse(door, request, error, challenge)
      : { kind: 'error', error: anError(error) }
  }
}

async function admit(
  door: Door,
  verifier: Verifier,
  request: BearerRequest,
  { access }: AuthenticateOptions,
): Promise<AuthInfo['identity']> {
  const header = door.legacy ? headerOrBodyOf(request) : headerOf(request)
  const presented = { request: proofOf(verifier, nodeRequestOf(request)) }
  if (access === undefined || door.access === undefined)
    return requireIdentity(verifier, header, access ?? door.access, presented)
  try {
    await requireIdentity(verifier, header, door.access, presented)
    // The token is known now; groups that it could not hold are looked up for either rule.
    return await requireIdentity(verifier, header, access, presented)
  } catch (error) {
    throw EntraGuardError.is(error) ? withScopes(error, [door.access, access]) : error
  }
}

function refuse(
  door: Door,
  request: BearerRequest,
  error: EntraGuardError,
  options: ChallengeOptions | undefined,
): Outcome {
  noteRefusal(request, error)
  if (door.legacy) warnOfRefusal(error.code)
  if (error.status === 503) return { kind: 'error', error: new EntraGuardRefusal(error, options) }
  const { status, headers } = challengeFor(error, options)
  return {
    kind: 'fail',
    challenge: headers['www-authenticate'] ?? 'Bearer',
    status: door.legacy ? 401 : status,
  }
}

/** What the application does with an outcome may throw: that is an error of the request, not of the process. */
function settle(actions: Actions, outcome: Outcome, request: BearerRequest): void {
  try {
    // Without a status passport answers 401, and takes that of another strategy where there is one.
    if (outcome.kind === 'success') actions.success(outcome.found.user, outcome.found.info)
    else if (outcome.kind === 'error') actions.error(outcome.error)
    else actions.fail(outcome.challenge, outcome.status === 401 ? undefined : outcome.status)
  } catch (error) {
    tell(actions, error, request)
  }
}

/**
 * A callback of `passport.authenticate` is called again, with the error. Where it throws at that too, nobody is left to
 * answer: a rejected promise would end the process, and a caller chooses what is rejected.
 */
function tell(actions: Actions, error: unknown, request: BearerRequest): void {
  try {
    actions.error(error)
  } catch (again) {
    console.error(again)
    const raw = request.raw ?? request
    raw.destroy?.()
  }
}
