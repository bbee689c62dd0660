import { isGuarded, read, readOwn, rulesOf, TakenCallers, VerifierName } from '../routes/route.rules.ts'
import { defaultName, getVerifierToken } from '../verifier.tokens.ts'
import { isEntry, isGateway } from './entry-points.ts'
import type { Method } from './lost-rules.check.ts'

/** The facts about the application that a class cannot know. */
export interface Application {
  /** The injection tokens of its verifiers. */
  readonly verifiers: readonly string[]
  /** Whether `EntraGuard` is registered for every route: `undefined` as long as main.ts may yet do it. */
  readonly isGlobal: boolean | undefined
}

/** A name that no module has, or none where every module has one: the guard would answer everybody with an error. */
export function problemOfVerifier(method: Method, { verifiers, isGlobal }: Application): string | undefined {
  const { target, handler } = method
  const { verifier, isPublic } = rulesOf(target, handler)
  // Only what a guard is asked for needs the verifier that is taken where none is named.
  const isAsked = isEntry(handler) && !isPublic && (isGlobal === true || isAnswered(method))
  if (verifier !== defaultName || isAsked) {
    const missing = missingVerifier(verifier, verifiers)
    if (missing !== undefined) return missing
  }
  if (isGateway(target) && verifier !== rulesOf(target).verifier)
    return 'a socket has one verifier for all its messages: put @UseVerifier() on the class'
  return undefined
}

export function missingVerifier(name: string, verifiers: readonly string[]): string | undefined {
  if (verifiers.includes(getVerifierToken(name))) return undefined
  return name === defaultName
    ? 'it names no verifier, and every EntraGuardModule has a name: put @UseVerifier() on it or its class, or leave out one name'
    : `no EntraGuardModule has the name "${name}"`
}

/** Whether its guard, that of its class or a @Public() says who may call it. */
export const isAnswered = ({ target, handler }: Method): boolean =>
  isGuarded(handler) || isGuarded(target) || rulesOf(target, handler).isPublic

/** A name alone guards nothing: whoever writes it believes that tokens are checked. */
export function unguardedVerifier(method: Method): string | undefined {
  const { target, handler } = method
  const isNamed =
    readOwn(VerifierName, handler) !== undefined ||
    (isEntry(handler) && read(VerifierName, target) !== undefined)
  // Where no guard has run, a parameter for the caller is an error.
  return isNamed && !isAnswered(method) && read(TakenCallers, handler) === undefined
    ? 'it has @UseVerifier() and no guard, so everybody could call it: put @Access(), @UseGuards(EntraGuard) or @Public() on it or its class'
    : undefined
}
