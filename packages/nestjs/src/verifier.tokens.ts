import { Inject } from '@nestjs/common'

/** The name of a verifier that was given none. */
export const defaultName = 'default'

/**
 * Returns the injection token of a verifier, so that a test can override it.
 *
 * @param name the `name` that was passed to `forRoot`. Default: the verifier without a name.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getVerifierToken())
 *   .useValue(createVerifier(entra.verifierOptions()))
 * ```
 */
export const getVerifierToken = (name: string = defaultName): string => `EntraGuardVerifier:${name}`

/** Under which token EntraGuardModule has its settings: of another copy of this package it is another one. */
export const settingsToken: unique symbol = Symbol('EntraGuard: settings')

export const getMessageReaderToken = (name: string): string => `EntraGuardMessageReader:${name}`

/**
 * Injects the verifier of `EntraGuardModule`, to verify tokens outside of routes.
 *
 * @example
 * ```ts
 * constructor(@InjectVerifier() private readonly verifier: Verifier) {}
 * ```
 */
export const InjectVerifier = (name?: string): ReturnType<typeof Inject> => Inject(getVerifierToken(name))
