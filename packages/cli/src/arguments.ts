import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

import { UsageError } from './terminal.ts'

type ArgumentToken = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T; args: string[]; allowPositionals: false }>
>['values']

/** Node's first sentence, except where it repeats what may be a token. */
function reasonOf(error: unknown): string {
  const [reason = ''] = error instanceof Error ? error.message.split(/\.\s/) : []
  if (/\S{60}/.test(reason)) return 'There is an unknown option'
  // `--expires-in -600`
  return reason.endsWith('is ambiguous')
    ? `${reason}: if the value begins with a dash, write the option with "="`
    : reason
}

/** @throws {UsageError} where an option that counts once says two things: one of them would be dropped. */
function refuseContradiction(tokens: readonly ArgumentToken[], options: ParseArgsOptionsConfig): void {
  const said = new Map<string, string | undefined>()
  for (const token of tokens) {
    if (token.kind !== 'option' || options[token.name]?.multiple === true) continue
    const { name, value } = token
    if (said.has(name) && said.get(name) !== value)
      throw new UsageError(`--${name} is there twice, with two values: leave out one of them`)
    said.set(name, value)
  }
}

/** Reads the options of a command. @throws {UsageError} that names what is wrong, and never repeats a value. */
export function readArguments<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
): Values<T> {
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: false,
      tokens: true,
    })
    refuseContradiction(tokens, options)
    return values
  } catch (error) {
    if (error instanceof UsageError) throw error
    // A token that was written as an argument stands in Node's message.
    const isPositional =
      error instanceof Error && 'code' in error && error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'
    if (isPositional)
      throw new UsageError(
        'There is one argument too many. A token is read from standard input or --token-file, never from an argument',
      )
    throw new UsageError(`${reasonOf(error)}; --help lists the options`)
  }
}
