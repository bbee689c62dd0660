import { readFile } from 'node:fs/promises'

import { createVerifier, type VerifierOptions } from '@entraguard/core'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { readApplication } from '../doctor/application.ts'
import { findingsOf, type Settings } from '../doctor/rules.ts'
import { exitCodes, painter, printable, UsageError, writeJson } from '../terminal.ts'

const pages = 'https://github.com/entraguard/entraguard/blob/main/docs/'

/** Checks an app registration for settings that lead to refusals. It makes no request. */
export const doctor: Command = {
  summary: 'check an app registration for settings that lead to refusals',
  help: `Usage: entraguard doctor --app FILE [options]

Reads the app registration of an API as "az ad app show" or Microsoft Graph prints it, and says which settings lead to
refusals, each with a page about it. With --config it also compares the registration with the options of your verifier.
It makes no request.

  --app FILE           from "az ad app show --id CLIENT_ID"
  --config FILE        the options of createVerifier that can be JSON: tenants, audience, versions, appId
  --json               for machines

Exit codes: 0 no error (there may be warnings), 1 at least one error, 2 wrong usage.

Examples:
  az ad app show --id 22222222-2222-4222-8222-222222222222 > app.json
  entraguard doctor --app app.json --config verifier.json
`,
  run: async (args, terminal) => {
    const values = readArguments(args, {
      app: { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean' },
    })
    if (values.app === undefined)
      throw new UsageError('Set --app to the file that "az ad app show --id CLIENT_ID" printed')
    const app = readApplication(await readText(values.app))
    const settings = values.config === undefined ? undefined : readSettings(await readText(values.config))
    const findings = findingsOf({ app, settings, now: terminal.now() })
    if (values.json === true) writeJson(terminal, findings)
    else {
      const paint = painter(terminal)
      for (const { severity, rule, text, page } of findings)
        terminal.stdout.write(
          `${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${rule}: ${printable(text)}\n  ${paint('dim', pages + page)}\n`,
        )
      if (findings.length === 0) terminal.stdout.write(`${printable(app.displayName)}: no findings\n`)
    }
    return findings.some(({ severity }) => severity === 'error') ? exitCodes.refused : exitCodes.done
  },
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UsageError(`The file ${file} cannot be read (${code})`)
  }
}

const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')

/** @throws {UsageError} also for options that `createVerifier` refuses. */
function readSettings(source: string): Settings {
  let options: VerifierOptions
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- createVerifier checks them
    options = JSON.parse(source) as VerifierOptions
  } catch {
    throw new UsageError('The file of --config is not JSON')
  }
  try {
    createVerifier(options)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`The options in the file of --config are wrong: ${error.message}`)
  }
  return {
    tenants: texts(options.tenants),
    audience: texts(options.audience),
    versions: texts(options.versions ?? ['1.0', '2.0']),
    appId: options.appId,
  }
}
