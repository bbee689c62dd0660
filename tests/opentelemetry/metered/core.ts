import { createVerifier as create, type Verifier, type VerifierOptions } from '@entraguard/core'

import { metered } from './metering.ts'

/** What a sample imports in the place of core: the same, but every verifier is instrumented. */
export * from '@entraguard/core'

export const createVerifier = (options: VerifierOptions): Verifier => metered(create(options))
