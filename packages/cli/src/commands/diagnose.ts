import {
  clouds,
  createVerifier,
  type CloudName,
  type EntraGuardStep,
  type VerifierOptions,
} from '@entraguard/core'
import { explain, type Explanation, type Verdict } from '@entraguard/core/explain'
import { defaults, emulatorFetch } from '@entraguard/emulator'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { noAnswer, noEmulator, readAddress } from '../network.ts'
import { readToken } from '../read-token.ts'
import {
  exitCodes,
  painter,
  printable,
  UsageError,
  withProgress,
  writeJson,
  type Terminal,
} from '../terminal.ts'

/** Verifies a token against real metadata and keys, and says in plain words why it is refused. */
export const diagnose: Command = {
  summary: 'verify a token and say in plain words why it is refused',
  help: `Usage: entraguard diagnose --tenant TENANT --audience AUDIENCE [options] < token

Verifies the token as an API with these settings would, with the real metadata and keys, and says which step refused
it and what to do.

  --tenant TENANT      tenant id, verified domain, organizations, common or consumers; may be given more than once
  --audience AUDIENCE  what the API accepts as "aud"; may be given more than once
  --authority URL      instead of --tenant: the URL of an authority or of its metadata
  --cloud NAME         public (default), usgov, china, bleu, delos, govsg
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
      tenant: { type: 'string', multiple: true },
      audience: { type: 'string', multiple: true },
      authority: { type: 'string' },
      cloud: { type: 'string' },
      'app-id': { type: 'string' },
      'token-file': { type: 'string' },
      emulator: { type: 'string' },
      offline: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const { audience, authority, offline = false } = values
    const tenant = values.tenant?.join(',')
    const emulator = values.emulator === undefined ? undefined : readAddress(values.emulator)
    if ((tenant === undefined && authority === undefined) || audience === undefined) {
      throw new UsageError(
        'write --tenant and --audience as your API has them; "entraguard decode" needs neither',
      )
    }
    if (audience.some((value) => several.test(value)))
      throw new UsageError('write --audience once for each value')
    const world = chooseFetch(terminal, offline, emulator)
    const verifier = createVerifier({
      ...(tenant !== undefined && {
        tenants: tenant.includes(',') ? tenant.split(',').map((one) => one.trim()) : tenant,
      }),
      ...(authority !== undefined && { authority }),
      ...(values['app-id'] !== undefined && { appId: values['app-id'] }),
      ...(values.cloud !== undefined && { cloud: readCloud(values.cloud) }),
      audience,
      now: terminal.now,
      fetch: world.fetch,
    })
    const token = await readToken(terminal, values['token-file'])
    const work = explain(token, { verifier, now: terminal.now })
    const explanation = await withProgress(terminal, 'Asking for metadata and keys', work)
    const code = report(explanation, values.json === true, terminal)
    const trouble = world.trouble()
    if (code === exitCodes.undecided && trouble !== undefined)
      terminal.stderr.write(`${printable(trouble)}\n`)
    if (code === exitCodes.undecided && !offline && emulator === undefined && tenant === defaults.tenantId)
      terminal.stderr.write(
        `${tenant} is the tenant of the local Entra ID: write --emulator and its address\n`,
      )
    return code
  },
}

/** `--audience A,B`: an audience may hold a comma, but not another audience. */
const several = /,\s*(?:api:\/\/|https:\/\/|[\da-f]{8}-)/i

function readCloud(name: string): NonNullable<VerifierOptions['cloud']> {
  const known = Object.keys(clouds).find((cloud) => cloud === name)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one of the keys
  if (known !== undefined) return known as CloudName
  throw new UsageError(`--cloud must be one of ${Object.keys(clouds).join(', ')}`)
}

interface World {
  readonly fetch: NonNullable<VerifierOptions['fetch']>
  /** What went wrong with the last request, which a refusal does not tell. */
  readonly trouble: () => string | undefined
}

function chooseFetch(terminal: Terminal, offline: boolean, emulator: string | undefined): World {
  const inner = offline ? noFetch : emulator === undefined ? terminal.fetch : reach(emulator)
  let trouble: string | undefined
  return {
    trouble: () => trouble,
    async fetch(input, init) {
      const { host } = new URL(input)
      try {
        const answer = await inner(input, init)
        trouble = answer.ok ? undefined : statusOf(emulator ?? host, answer.status)
        return answer
      } catch (error) {
        if (offline) trouble = 'Nothing was fetched: --offline'
        else
          trouble = emulator === undefined ? noAnswer(host, error, terminal.env) : noEmulator(emulator, error)
        throw error
      }
    },
  }
}

const noFetch = (): Promise<Response> => Promise.reject(new Error('switched off by --offline'))

/** @throws {UsageError} for another machine, and in production. */
function reach(emulator: string): Terminal['fetch'] {
  try {
    return emulatorFetch(emulator)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The emulator cannot be used')
  }
}

/** 400 and 404 are the answers to a tenant, a domain or a policy that nobody knows. */
function statusOf(who: string, status: number): string {
  const isUnknown = status === 400 || status === 404
  return `${who} answered ${status}${isUnknown ? ': is there such a tenant, in this cloud?' : ''}`
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
