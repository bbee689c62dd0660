import { checkOptions, compileAccess, type Access, type Verifier } from '@entraguard/core'

/** Options for one route. */
export interface EntraGuardOptions {
  /** Lets requests without a bearer token pass, without an identity. A token that is sent is checked all the same. */
  readonly optional?: boolean | undefined
}

/** `undefined` if the token is optional, otherwise `never`: what an identity may be besides what the access admits. */
export type Anonymous<O extends EntraGuardOptions> = 'optional' extends keyof O
  ? true extends O['optional']
    ? undefined
    : never
  : never

/**
 * A copy of the options, once they are what they should be. A variable of the environment is text, and `'false'` must
 * not open a route; nor may a misspelt name go unseen.
 *
 * @throws {TypeError}
 */
export function checkedOptions<O extends EntraGuardOptions>(
  where: string,
  options: O,
  known: readonly string[] = ['optional'],
): O {
  const { optional } = checkOptions(where, options, known)
  if (optional !== undefined && typeof optional !== 'boolean')
    throw new TypeError(`${where}: option optional must be true or false`)
  return { ...options }
}

/** Finds mistakes when a route is declared, not at its first request. @throws {TypeError} */
export function checkDeclaration(where: string, verifier: Verifier, access: Access, handler: unknown): void {
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError(`${where} needs a verifier: ${where}(createVerifier({ tenants, audience }), …)`)
  compileAccess(access)
  if (typeof handler !== 'function') throw new TypeError(`${where}: the handler must be a function`)
}
