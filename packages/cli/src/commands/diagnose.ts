import { clouds, createVerifier, type CloudName, type VerifierOptions } from '@entraguard/core'
import { explain } from '@entraguard/core/explain'
import { defaults, emulatorFetch } from '@entraguard/emulator'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { inOptions, onThisMachine } from '../mistakes.ts'
import { noAnswer, noEmulator, readAddress } from '../network.ts'
import { readToken } from '../read-token.ts'
import { report } from '../report.ts'
import { exitCodes, printable, UsageError, withProgress, type Terminal } from '../terminal.ts'

/** Verifies a token against real metadata and keys, and says in plain words why it is refused. */
export const diagnose: Command = {
  summary: 'verify a token and say in plain words why it is refused',
  help: `Usage: entraguard diagnose --tenant TENANT --audience AUDIENCE [options] < token

Verifies the token as an API with these settings would, with the real metadata and keys. The first line says what is
wrong, the lines below say what to do.

  --tenant TENANT      tenant id, verified domain, organizations, common or consumers; may be given more than once
  --audience AUDIENCE  what the API accepts as "aud"; may be given more than once
  --authority URL      instead of --tenant: the URL of an authority or of its metadata
  --cloud NAME         public (default), usgov, china, bleu, delos, govsg
  --app-id GUID        the API's client id, if the API has its own signing keys
  --token-file FILE    read the token from a file instead of standard input
  --emulator URL       fetch metadata and keys from an emulator on this machine
  --offline            no network: stops where metadata would be fetched; not with --emulator
  --verbose            every finding, and every claim with its meaning
  --json               for machines

Exit codes: 0 accepted, 1 refused, 2 wrong usage, 3 undecided (network, identity provider, --offline).

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
      verbose: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const { audience, authority, offline = false } = values
    const tenant = values.tenant?.join(',')
    const emulator = values.emulator === undefined ? undefined : readAddress(values.emulator)
    if (offline && emulator !== undefined)
      throw new UsageError('--offline and --emulator exclude each other: use only one of them')
    if ((tenant === undefined && authority === undefined) || audience === undefined) {
      throw new UsageError(
        'Set --tenant and --audience to the values of your API. "entraguard decode" needs neither',
      )
    }
    if (audience.some((value) => several.test(value)))
      throw new UsageError('Write --audience once for each value')
    const world = chooseFetch(terminal, offline, emulator)
    const settings: VerifierOptions = {
      ...(tenant !== undefined && {
        tenants: tenant.includes(',') ? tenant.split(',').map((one) => one.trim()) : tenant,
      }),
      ...(authority !== undefined && { authority }),
      ...(values['app-id'] !== undefined && { appId: values['app-id'] }),
      ...(values.cloud !== undefined && { cloud: readCloud(values.cloud) }),
      audience,
      now: terminal.now,
      fetch: world.fetch,
    }
    const verifier = inOptions(() => createVerifier(settings))
    const token = await readToken(terminal, values['token-file'])
    const work = explain(token, { verifier, now: terminal.now })
    const explanation = await withProgress(terminal, 'Fetching metadata and keys', work)
    const code = report(explanation, values, terminal)
    const trouble = world.trouble()
    if (code === exitCodes.undecided && trouble !== undefined)
      terminal.stderr.write(`${printable(trouble)}\n`)
    if (code === exitCodes.undecided && !offline && emulator === undefined && tenant === defaults.tenantId)
      terminal.stderr.write(
        `${tenant} is the tenant of the local Entra ID: add --emulator with its address\n`,
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
  const inner = offline
    ? noFetch
    : emulator === undefined
      ? terminal.fetch
      : onThisMachine(() => emulatorFetch(emulator))
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
        if (offline)
          trouble = 'Nothing was fetched, because --offline is set: the decision needs metadata and keys'
        else
          trouble = emulator === undefined ? noAnswer(host, error, terminal.env) : noEmulator(emulator, error)
        throw error
      }
    },
  }
}

const noFetch = (): Promise<Response> => Promise.reject(new Error('switched off by --offline'))

/** 400 and 404 are the answers to a tenant, a domain or a policy that nobody knows. */
function statusOf(who: string, status: number): string {
  const isUnknown = status === 400 || status === 404
  return `${who} answered ${status}${isUnknown ? ': does this tenant exist, in this cloud?' : ''}`
}
