import { EntraGuardError } from '@entraguard/core'
import type * as fc from 'fast-check'

/**
 * One part of core under arbitrary input. Inputs are plain JSON, so that they can be kept; keys are made in each run,
 * so an input is a recipe: texts to sign, edits to make.
 */
export interface Target<Input = unknown> {
  readonly name: string
  readonly inputs: fc.Arbitrary<Input>
  /**
   * Gives what came of it, in a word: an input with a new one is worth keeping.
   * @throws {Error} when a promise is broken.
   */
  run(input: Input): Promise<string>
}

/** Loses the type of the input, which only the target itself has to know. */
export function target<Input>(one: Target<Input>): Target {
  return {
    name: one.name,
    inputs: one.inputs,
    // What the corpus holds came from `inputs`.
    run: (input) => one.run(input as Input),
  }
}

export function promise(holds: boolean, broken: string): void {
  if (!holds) throw new Error(broken)
}

/** The code of a refusal. Anything else that is thrown is a bug: no input may be answered by a crash. */
export function codeOf(error: unknown, secrets: readonly string[] = []): string {
  if (!EntraGuardError.is(error))
    throw new Error('refused by something else than an EntraGuardError', { cause: error })
  const told = `${error.message} ${error.hint} ${JSON.stringify(error.details)}`
  for (const secret of secrets)
    promise(secret.length < 24 || !told.includes(secret.slice(0, 24)), 'the error tells a part of the token')
  return error.code
}
