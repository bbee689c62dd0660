import { Inject } from '@nestjs/common'

/** The name of a verifier that was given none. */
export const defaultName = 'default'

/**
 * The injection token of a verifier: what a test overrides.
 *
 * @param name the `name` that `forRoot` was given; without it the verifier that has none.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getVerifierToken())
 *   .useValue(createVerifier(entra.verifierOptions()))
 * ```
 */
export const getVerifierToken = (name: string = defaultName): string => `EntraGuardVerifier:${name}`

export const getMessageReaderToken = (name: string): string => `EntraGuardMessageReader:${name}`

/**
 * Injects the verifier of `EntraGuardModule`, to verify a token outside of a route.
 *
 * @example
 * ```ts
 * constructor(@InjectVerifier() private readonly verifier: Verifier) {}
 * ```
 */
export const InjectVerifier = (name?: string): ReturnType<typeof Inject> => Inject(getVerifierToken(name))
