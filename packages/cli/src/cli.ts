import manifest from '../package.json' with { type: 'json' }
import type { Command } from './command.ts'
import { decode } from './commands/decode.ts'
import { diagnose } from './commands/diagnose.ts'
import { doctor } from './commands/doctor.ts'
import { emulator } from './commands/emulator.ts'
import { inspect } from './commands/inspect.ts'
import { migrate } from './commands/migrate.ts'
import { register } from './commands/register.ts'
import { token } from './commands/token.ts'
import { exitCodes, Interrupted, printable, UsageError, type Terminal } from './terminal.ts'

const commands: Readonly<Record<string, Command>> = {
  diagnose,
  decode,
  inspect,
  token,
  emulator,
  register,
  doctor,
  migrate,
}

const help = `entraguard: Microsoft Entra ID access tokens on the command line

Usage: entraguard <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

entraguard <command> --help shows the options of a command, with examples. entraguard --version shows the version.

Exit codes: 0 done or accepted, 1 refused, 2 wrong usage, 3 undecided (network, identity provider),
130 interrupted.
`

/** Runs the command line and returns the exit code. It prints no stack trace for anything that a user can cause. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.stdout.write(help)
    return name === undefined ? exitCodes.usage : exitCodes.done
  }
  if (name === '--version' || name === '-v') {
    terminal.stdout.write(`${manifest.version}\n`)
    return exitCodes.done
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    // Anything but a plain word may be a token, so it is not repeated.
    const which = /^[\w-]{1,30}$/.test(name) ? `no command "${name}"` : 'no such command'
    terminal.stderr.write(`entraguard: there is ${which}; entraguard --help lists the commands\n`)
    return exitCodes.usage
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.stdout.write(command.help)
    return exitCodes.done
  }
  try {
    const code = await command.run(rest, terminal)
    return terminal.signal.aborted && code !== exitCodes.done ? exitCodes.interrupted : code
  } catch (error) {
    if (terminal.signal.aborted || error instanceof Interrupted) return exitCodes.interrupted
    if (!(error instanceof UsageError || error instanceof TypeError)) throw error
    terminal.stderr.write(`entraguard ${name}: ${printable(error.message)}\n`)
    return exitCodes.usage
  }
}
