import { createVerifier, type EntraGuardStep, type VerifierOptions } from '@entraguard/core'
import { explain, type Explanation, type Verdict } from '@entraguard/core/explain'
import { defaults, emulatorFetch } from '@entraguard/emulator'

import { readArguments } from '../arguments.ts'
import type { Command } from '../cli.ts'
import { readToken } from '../read-token.ts'
import { exitCodes, painter, UsageError, withProgress, writeJson, type Terminal } from '../terminal.ts'

/** Verifies a token against real metadata and keys, and says in plain words why it is refused. */
export const diagnose: Command = {
  summary: 'verify a token and say in plain words why it is refused',
  help: `Usage: entraguard diagnose --tenant TENANT --audience AUDIENCE [options] < token

Verifies the token as an API with these settings would, with the real metadata and keys, and says which step refused
it and what to do.

  --tenant TENANT      tenant id, verified domain, organizations, common or consumers; several with commas
  --audience AUDIENCE  what the API accepts as "aud"; may be given more than once
  --authority URL      instead of --tenant: the URL of an authority or of its metadata
  --cloud NAME         public (default), usgov, china
  --app-id GUID        the API's client id, where it has signing keys of its own
  --token-file FILE    read the token from a file instead of standard input
  --emulator URL       take metadata and keys from an emulator on this machine
  --offline            no network: ends where metadata would be fetched
  --json               for machines

Exit codes: 0 accepted, 1 refused, 2 called wrongly, 3 undecided (network, identity provider, --offline).

Examples:
  pbpaste | entraguard diagnose --tenant contoso.com --audience api://my-api
  entraguard diagnose --tenant common --audience 22222222-2222-4222-8222-222222222222 --json < token.txt
`,
  run: async (args, terminal) => {
    const values = readArguments(args, {
      tenant: { type: 'string' },
      audience: { type: 'string', multiple: true },
      authority: { type: 'string' },
      cloud: { type: 'string' },
      'app-id': { type: 'string' },
      'token-file': { type: 'string' },
      emulator: { type: 'string' },
      offline: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const { tenant, audience, authority, emulator, offline = false } = values
    if ((tenant === undefined && authority === undefined) || audience === undefined) {
      throw new UsageError(
        'write --tenant and --audience as your API has them; "entraguard decode" needs neither',
      )
    }
    const verifier = createVerifier({
      ...(tenant !== undefined && {
        tenants: tenant.includes(',') ? tenant.split(',').map((one) => one.trim()) : tenant,
      }),
      ...(authority !== undefined && { authority }),
      ...(values['app-id'] !== undefined && { appId: values['app-id'] }),
      ...(values.cloud !== undefined && { cloud: readCloud(values.cloud) }),
      audience,
      now: terminal.now,
      fetch: chooseFetch(terminal, offline, emulator),
    })
    const token = await readToken(terminal, values['token-file'])
    const work = explain(token, { verifier, now: terminal.now })
    const explanation = await withProgress(terminal, 'Asking for metadata and keys', work)
    const code = report(explanation, values.json === true, terminal)
    if (code === exitCodes.undecided && !offline && emulator === undefined && tenant === defaults.tenantId)
      terminal.stderr.write(
        `${tenant} is the tenant of the local Entra ID: write --emulator and its address\n`,
      )
    return code
  },
}

function readCloud(name: string): NonNullable<VerifierOptions['cloud']> {
  if (name === 'public' || name === 'usgov' || name === 'china') return name
  throw new UsageError('--cloud must be public, usgov or china')
}

function chooseFetch(
  terminal: Terminal,
  offline: boolean,
  emulator: string | undefined,
): NonNullable<VerifierOptions['fetch']> {
  if (offline) return () => Promise.reject(new Error('switched off by --offline'))
  return emulator === undefined ? terminal.fetch : emulatorFetch(emulator)
}

const steps = [
  'parse',
  'authority',
  'metadata',
  'signing-key',
  'signature',
  'claims',
] as const satisfies readonly EntraGuardStep[]

type StepOutcome = 'passed' | 'failed' | 'not reached'

function outcomes(
  verdict: Verdict | undefined,
): ReadonlyArray<{ readonly step: string; readonly outcome: StepOutcome }> {
  const failedAt =
    verdict?.accepted === true ? steps.length : steps.findIndex((step) => step === (verdict?.step ?? 'parse'))
  return steps.map((step, index) => ({
    step,
    outcome: index < failedAt ? 'passed' : index === failedAt ? 'failed' : 'not reached',
  }))
}

function report({ text, ...explanation }: Explanation, asJson: boolean, terminal: Terminal): number {
  const { verdict, findings } = explanation
  const accepted = verdict?.accepted === true
  const undecided = verdict?.status === 503
  const results = outcomes(verdict)
  if (asJson) {
    writeJson(terminal, { accepted, steps: results, ...explanation })
  } else {
    const paint = painter(terminal)
    const word = accepted
      ? paint('green', 'ACCEPTED')
      : undecided
        ? paint('yellow', 'UNDECIDED')
        : paint('red', 'REFUSED')
    const [cause] = findings
    const why =
      accepted || cause === undefined ? explanation.summary : `${cause.code ?? cause.id}: ${cause.meaning}`
    terminal.stdout.write(`${paint('bold', word)} ${why}\n\n`)
    const colours = { passed: 'green', failed: undecided ? 'yellow' : 'red', 'not reached': 'dim' } as const
    for (const { step, outcome } of results)
      terminal.stdout.write(`  ${step.padEnd(12)} ${paint(colours[outcome], outcome)}\n`)
    terminal.stdout.write(`\n${text.trimEnd()}\n`)
  }
  return accepted ? exitCodes.done : undecided ? exitCodes.undecided : exitCodes.refused
}
