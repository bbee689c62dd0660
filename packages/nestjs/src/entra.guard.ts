import {
  authorize,
  compileAccess,
  EntraGuardError,
  proofOf,
  recallIdentity,
  requireIdentity,
  withScopes,
  type Access,
  type Verifier,
} from '@entraguard/core'
import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnModuleInit,
} from '@nestjs/common'
import { ModuleRef, ModulesContainer } from '@nestjs/core'
import { isObservable, lastValueFrom } from 'rxjs'

import { EntraGuardException } from './entra-guard.exception.ts'
import { readHeader, type AnyRequest } from './calls/call.ts'
import { contextOfCall } from './graphql/graphql.call.ts'
import { checkImported } from './graphql/graphql.check.ts'
import { endUnlessAdmitted, wholeCallOf } from './calls/grpc.call.ts'
import {
  admissions,
  anonymous,
  keyOf,
  readCall,
  type Call,
  type Caller,
  type ReadAuthorization,
} from './calls/request.reader.ts'
import { EntraGuardClass, rulesOf, type RouteRules } from './routes/route.rules.ts'
import { getMessageReaderToken, getVerifierToken } from './verifier.tokens.ts'

/** If no module provides the verifier, this throws, and the guard refuses. */
const anywhere = { strict: false }

/**
 * Admits a call if its access token is valid and its caller satisfies what the route requires.
 *
 * `EntraGuardModule` registers it for every route. With `guard: 'manual'` it applies only where
 * `@UseGuards(EntraGuard)` or `@Access` is.
 */
@Injectable()
@EntraGuardClass(true)
export class EntraGuard implements CanActivate, OnModuleInit {
  @Inject(ModuleRef) private readonly modules!: ModuleRef
  // Nest takes 0.2 µs to find a provider: it is asked once.
  private readonly verifiers: Record<string, Verifier> = Object.create(null)
  private replacement: CanActivate | 'none' | undefined

  /** @throws {TypeError} in a GraphQL application that does not import `EntraGuardModule`. */
  onModuleInit(): void {
    checkImported(this.modules.get(ModulesContainer, anywhere))
  }

  /** @throws {EntraGuardException} if the transport can report the reason; otherwise it returns false. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    this.replacement ??= findReplacement(this.modules)
    if (this.replacement !== 'none') return ask(this.replacement, context)
    const rules = rulesOf(context.getClass(), context.getHandler())
    if (rules.isPublic) return true
    // The guard may stand on one route several times (global, class, method): the verifier is asked once.
    const key = keyOf(context)
    if (admissions.get(key)?.rules === rules || anonymous.get(key) === rules) return true
    if (this.letInAtOnce(context, rules, key)) return true
    const call = context.getType() === 'rpc' ? wholeCallOf(context) : undefined
    const deciding = this.check(context, rules)
    return call === undefined ? deciding : endUnlessAdmitted(call, deciding)
  }

  /** A request whose token was seen before: a promise costs more than looking that up. */
  private letInAtOnce(context: ExecutionContext, rules: RouteRules, key: object): boolean {
    const [access, ...others] = rules.accesses
    if (context.getType() !== 'http' || others.length > 0) return false
    const authorization = readHeader(context.getArgByIndex<AnyRequest>(0))
    const caller = recallIdentity(this.verifierOf(rules), authorization, access)
    if (caller === undefined) return false
    admissions.set(key, { caller, rules })
    return true
  }

  private async check(context: ExecutionContext, rules: RouteRules): Promise<boolean> {
    const type = context.getType<string>()
    const call = readCall(context, type === 'rpc' && this.messageReader(rules))
    if (call === undefined) return false
    try {
      const caller = await this.admit(rules, call)
      const key = keyOf(context)
      if (type === 'ws') return renewSocket(key, caller)
      if (type === 'rpc') return rememberMessage(key, caller, call)
      admissions.set(key, { caller, rules })
      const graphql = type === 'graphql' ? contextOfCall(context) : undefined
      if (graphql !== undefined) admissions.set(graphql, { caller })
      return true
    } catch (error) {
      if (!(error instanceof EntraGuardException)) throw error
      if (rules.isOptional && error.cause.code === 'token_missing') return passAnonymously(context, rules)
      if (type === 'rpc') return false
      const setHeader = call.response?.header ?? call.response?.setHeader
      for (const header of Object.entries(error.challenge.headers)) setHeader?.apply(call.response, header)
      throw error
    }
  }

  private messageReader({ verifier }: RouteRules): ReadAuthorization | false {
    return this.modules.get<ReadAuthorization | false>(getMessageReaderToken(verifier), anywhere)
  }

  private verifierOf({ verifier: name }: RouteRules): Verifier {
    return (this.verifiers[name] ??= this.modules.get<Verifier>(getVerifierToken(name), anywhere))
  }

  /** The caller, if every access admits it. @throws {EntraGuardException} */
  async admit(rules: RouteRules, call: Call): Promise<Caller> {
    const { accesses } = rules
    const verifier = this.verifierOf(rules)
    try {
      return await callerOf(verifier, accesses, call)
    } catch (error) {
      throw EntraGuardError.is(error)
        ? new EntraGuardException(withScopes(error, accesses), verifier.challenge)
        : error
    }
  }
}

/** The replacement that a test set with `overrideProvider`, which does not affect the guards on classes and methods. */
function findReplacement(modules: ModuleRef): CanActivate | 'none' {
  const guards = modules.get<CanActivate>(EntraGuard, { ...anywhere, each: true })
  return guards.find((guard) => !(guard instanceof EntraGuard)) ?? 'none'
}

function ask(guard: CanActivate, context: ExecutionContext): boolean | Promise<boolean> {
  const answer = guard.canActivate(context)
  return isObservable(answer) ? lastValueFrom(answer) : answer
}

async function callerOf(verifier: Verifier, accesses: readonly Access[], call: Call): Promise<Caller> {
  const { authorization, identity, raw } = call
  const presented = { request: raw && proofOf(verifier, raw) }
  let caller = identity ?? (await requireIdentity(verifier, authorization, accesses[0], presented))
  for (const access of accesses) {
    // Groups that did not fit into the token are looked up by the verifier alone, and only if this access needs them.
    if (caller.groups.status === 'overage' && asksGroups(access))
      caller = await requireIdentity(verifier, authorization, access, presented)
    else authorizeFurther(verifier, caller, access)
  }
  return caller
}

/** The caller was let in before: `onEvent` hears only of a refusal, so that it counts one caller for one call. */
function authorizeFurther(verifier: Verifier, caller: Caller, access: Access): void {
  try {
    authorize(caller, access)
  } catch (error) {
    verifier.authorize(caller, access)
    // Something that wraps the verifier has swallowed the refusal.
    throw error
  }
}

/** Where there is one caller for one call, and a credential of its own: elsewhere the application does not start. */
function passAnonymously(context: ExecutionContext, rules: RouteRules): boolean {
  const key = keyOf(context)
  const passes = ['http', 'graphql'].includes(context.getType<string>())
  if (passes) {
    admissions.delete(key)
    anonymous.set(key, rules)
  }
  return passes
}

const asksGroups = (access: Access): boolean =>
  compileAccess(access).some(({ groups }) => groups !== undefined)

/** A socket whose token has expired meanwhile has no caller any more. */
function renewSocket(socket: object, caller: Caller): boolean {
  const admission = admissions.get(socket)
  if (admission === undefined) return false
  admissions.set(socket, { ...admission, caller })
  return true
}

/** A custom transport that uses one object for messages of two callers would have one handed out for the other. */
function rememberMessage(message: object, caller: Caller, { authorization }: Call): boolean {
  const before = admissions.get(message)
  if (before !== undefined && String(before.authorization) !== String(authorization)) return false
  admissions.set(message, { caller, authorization })
  return true
}
