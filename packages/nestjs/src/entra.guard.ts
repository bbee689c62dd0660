import { authorize, EntraGuardError, withScopes, type Verifier } from '@entraguard/core'
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'

import { EntraGuardException } from './entra-guard.exception.ts'
import { admissions, keyOf, readCall, type Call, type Caller } from './request.reader.ts'
import { rulesOf, type RouteRules } from './route.rules.ts'
import { getMessageReaderToken, getVerifierToken } from './verifier.tokens.ts'

/** It throws, and so the guard refuses, where no module provides what is asked for. */
const anywhere = { strict: false }

/**
 * Lets a call through when its access token is valid and its caller has what the route asks for.
 *
 * `EntraGuardModule` registers it for every route. With `guard: 'manual'` it stands where `@UseGuards(EntraGuard)`
 * or `@Access` does.
 */
@Injectable()
export class EntraGuard implements CanActivate {
  @Inject(ModuleRef) private readonly modules!: ModuleRef
  // Nest takes 0.2 µs to find a provider: it is asked once.
  private readonly verifiers: Record<string, Verifier> = Object.create(null)

  /** @throws {EntraGuardException} where the transport can tell why; elsewhere the answer is false. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rules = rulesOf(context.getClass(), context.getHandler())
    // The guard may stand on one route several times (global, class, method): the verifier is asked once.
    return rules.isPublic || admissions.get(keyOf(context))?.rules === rules || this.check(context, rules)
  }

  private async check(context: ExecutionContext, rules: RouteRules): Promise<boolean> {
    const type = context.getType<string>()
    const reader = type === 'rpc' ? getMessageReaderToken(rules.verifier) : undefined
    const call = readCall(context, reader !== undefined && this.modules.get(reader, anywhere))
    if (call === undefined) return false
    try {
      const caller = await this.admit(rules, call)
      // A custom transport may use one object for many messages, and a socket outlives its token.
      admissions.set(keyOf(context), { caller, rules: type === 'rpc' || type === 'ws' ? undefined : rules })
      return true
    } catch (error) {
      if (!(error instanceof EntraGuardException)) throw error
      if (type === 'rpc') return false
      const setHeader = call.response?.header ?? call.response?.setHeader
      for (const header of Object.entries(error.challenge.headers)) setHeader?.apply(call.response, header)
      throw error
    }
  }

  /** The caller, if every access admits it. @throws {EntraGuardException} */
  async admit({ verifier: name, accesses }: RouteRules, { authorization, identity }: Call): Promise<Caller> {
    const verifier = (this.verifiers[name] ??= this.modules.get<Verifier>(getVerifierToken(name), anywhere))
    try {
      const caller = identity ?? (await verifier.authenticate(authorization, accesses[0]))
      for (const access of accesses) authorize(caller, access)
      return caller
    } catch (error) {
      throw EntraGuardError.is(error)
        ? new EntraGuardException(withScopes(error, accesses), verifier.challenge)
        : error
    }
  }
}
