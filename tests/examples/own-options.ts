import {
  checkOptions,
  createVerifier,
  verifierOptionNames,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'

export interface TeamOptions extends VerifierOptions {
  /** Whom to ask about a refusal. */
  readonly team: string
}

/** The options of `createVerifier`, and one of our own. */
export function teamVerifier(options: TeamOptions): Verifier {
  const { team, ...rest } = checkOptions('teamVerifier', options, [...verifierOptionNames, 'team'])
  return createVerifier({ ...rest, challenge: { realm: team, ...rest.challenge } })
}
