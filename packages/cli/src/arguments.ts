import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

import { UsageError } from './terminal.ts'

type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T; args: string[]; allowPositionals: false }>
>['values']

/** Reads the options of a command. @throws {UsageError} that names what is wrong, and never repeats a value. */
export function readArguments<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
): Values<T> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    // A token that was written as an argument stands in Node's message.
    const isPositional =
      error instanceof Error && 'code' in error && error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'
    if (isPositional)
      throw new UsageError(
        'There is a word too many; a token is read from standard input or --token-file, never from an argument',
      )
    const reason = error instanceof Error ? error.message.split('. ')[0] : 'The options are wrong'
    throw new UsageError(`${reason}; --help lists the options`)
  }
}
