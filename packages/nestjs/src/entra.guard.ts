import { authorize, compileAccess, EntraGuardError, type Verifier } from '@entraguard/core'
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'

import { EntraGuardException } from './entra-guard.exception.ts'
import { identities, keyOf, readCall, type Call, type Caller } from './request.reader.ts'
import { rulesOf, type RouteRules } from './route.rules.ts'
import { getMessageReaderToken, getVerifierToken } from './verifier.tokens.ts'

// The guard may stand on one route several times (global, class, method): the verifier is asked once.
const admitted = new WeakMap<object, RouteRules>()

/**
 * Lets a call through when its access token is valid and its caller has what the route asks for.
 *
 * `EntraGuardModule` registers it for every route. With `guard: 'manual'` it stands where `@UseGuards(EntraGuard)`
 * or `@Access` does.
 */
@Injectable()
export class EntraGuard implements CanActivate {
  @Inject(ModuleRef) private readonly modules!: ModuleRef
  /** @throws {EntraGuardException} where the transport can tell why; elsewhere the answer is false. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rules = rulesOf(context.getClass(), context.getHandler())
    const [key, type] = [keyOf(context), context.getType<string>()]
    if (rules.isPublic || admitted.get(key) === rules) return true
    const call = readCall(context, this.modules.get(getMessageReaderToken(rules.verifier), { strict: false }))
    if (call === undefined) return false
    try {
      identities.set(key, await this.admit(rules, call))
      // A custom transport may use one object for many messages, and a socket outlives its token.
      if (type === 'http' || type === 'graphql') admitted.set(key, rules)
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
  async admit(rules: RouteRules, { authorization, identity }: Call): Promise<Caller> {
    // Throws, and so refuses, where no module has that name.
    const verifier = this.modules.get<Verifier>(getVerifierToken(rules.verifier), { strict: false })
    // The verifier looks up groups that the token could not hold, if the access that it is given asks for some.
    const asksGroups = rules.accesses.find((access) => compileAccess(access).some(({ groups }) => groups))
    try {
      const caller = identity ?? (await verifier.authenticate(authorization, asksGroups ?? rules.accesses[0]))
      for (const access of rules.accesses) authorize(caller, access)
      return caller
    } catch (error) {
      throw EntraGuardError.is(error) ? new EntraGuardException(error, verifier.challenge) : error
    }
  }
}
