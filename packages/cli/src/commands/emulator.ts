import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

import {
  createEmulator,
  readEmulatorOptions,
  type AppOptions,
  type Emulator,
  type EmulatorOptions,
  type VerifierSettings,
} from '@entraguard/emulator'
import { createEmulatorFrom, listen, type Listening, type LocalApi } from '@entraguard/emulator/node'

import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { readApplication } from '../doctor/application.ts'
import { toApps } from '../register/to-apps.ts'
import { exitCodes, interrupted, painter, UsageError, type Terminal } from '../terminal.ts'

const defaultPort = 8484

/** Starts a local Entra ID and serves it until it is stopped with Ctrl-C. */
export const emulator: Command = {
  summary: 'start a local Entra ID for development and tests',
  help: `Usage: entraguard emulator [options]

Serves a local Entra ID on 127.0.0.1 until Ctrl-C: metadata, keys, sign-in, tokens. Open its address in a browser for
the portal: mint any kind of token, see why one is refused, change tenants, apps and users, copy the code for each app,
and watch the requests.

  --config FILE        tenants, apps, users and groups as JSON (the options of createEmulator)
  --app FILE           a registration from "az ad app show", with its authorized clients; may be given more than once
  --state FILE         like --config, and kept across restarts: changes at run time are written to this file. Once it
                       exists, --config and --app have no effect
  --port N             default ${defaultPort}; 0 takes any free port
  --https              HTTPS with its own certificate authority, whose file is printed
  --api URL            an API on this machine for the portal's playground; may be given more than once
  --local-issuer       metadata and ID tokens name this address as the issuer, for strict OpenID Connect clients

Examples:
  entraguard emulator
  entraguard emulator --config entra.json --https
  entraguard emulator --app app.json
  entraguard emulator --api http://localhost:3000/orders
  NODE_EXTRA_CA_CERTS=<file printed> node api.js
`,
  run: async (args, terminal) => {
    const {
      config,
      app = [],
      state,
      port = String(defaultPort),
      https = false,
      api = [],
      'local-issuer': localIssuer = false,
    } = readArguments(args, {
      config: { type: 'string' },
      app: { type: 'string', multiple: true },
      state: { type: 'string' },
      port: { type: 'string' },
      https: { type: 'boolean' },
      api: { type: 'string', multiple: true },
      'local-issuer': { type: 'boolean' },
    })
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      throw new UsageError('--port must be a number from 0 to 65535')
    const options = withApps(
      config === undefined ? {} : await readConfig(config),
      await Promise.all(app.map(readRegistration)),
    )
    const { entra, listening } = await start(
      options,
      { port: Number(port), https, localIssuer, state, apis: api.map((url) => ({ url })) },
      terminal,
    )
    announce(listening, entra.verifierOptions(), terminal)
    await interrupted(terminal.signal)
    await listening.close()
    return exitCodes.done
  },
}

/** The first of them is what tokens are for where nobody says so. */
function withApps(options: EmulatorOptions, registered: readonly (readonly AppOptions[])[]): EmulatorOptions {
  const apps = [...registered.flat(), ...(options.apps ?? [])]
  return apps.length === 0 ? options : { ...options, apps }
}

async function readRegistration(file: string): Promise<readonly AppOptions[]> {
  try {
    return toApps(readApplication(await readFile(file, 'utf8')))
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UsageError(`The registration ${file} cannot be read (${code})`)
  }
}

async function readConfig(file: string): Promise<EmulatorOptions> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UsageError(`The config file ${file} cannot be read (${code})`)
  }
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `The config file ${file} is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
  }
  try {
    return readEmulatorOptions(config)
  } catch (error) {
    throw new UsageError(
      `The config file ${file} is wrong: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
  }
}

async function create(options: EmulatorOptions, state: string | undefined): Promise<Emulator> {
  try {
    return await (state === undefined ? createEmulator(options) : createEmulatorFrom(state, options))
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`The config is wrong: ${error.message}`)
    if (state !== undefined && error instanceof Error && 'code' in error) {
      throw new UsageError(`The state file ${state} cannot be used (${String(error.code)})`)
    }
    throw error
  }
}

interface Switches {
  readonly port: number
  readonly https: boolean
  readonly localIssuer: boolean
  readonly state: string | undefined
  readonly apis: readonly LocalApi[]
}

async function start(
  options: EmulatorOptions,
  { port, https, localIssuer, state, apis }: Switches,
  { env }: Terminal,
): Promise<{ readonly entra: Emulator; readonly listening: Listening }> {
  const entra = await create(options, state)
  const listening = await listen(entra, {
    port,
    localIssuer,
    apis,
    ...(https && { https: { directory: cacheOf(env) } }),
  }).catch((error: unknown) => {
    if (error instanceof TypeError && error.message.startsWith('apis['))
      throw new UsageError(error.message.replace(/^apis\[\d+\]\.url/, '--api'))
    // A port that is taken, or files of the certificate authority that cannot be used.
    if (error instanceof Error && !(error instanceof TypeError)) throw new UsageError(error.message)
    throw error
  })
  return { entra, listening }
}

/** https://specifications.freedesktop.org/basedir-spec: what is empty or relative counts as not set. */
function cacheOf(env: Terminal['env']): string {
  const named = env['XDG_CACHE_HOME'] ?? ''
  return path.join(path.isAbsolute(named) ? named : path.join(homedir(), '.cache'), 'entraguard')
}

function announce({ url, caFile }: Listening, settings: VerifierSettings, terminal: Terminal): void {
  const paint = painter(terminal)
  const line = (label: string, text: string): void => {
    terminal.stdout.write(`${label.padEnd(20)} ${text}\n`)
  }
  terminal.stdout.write(`${paint('bold', 'A local Entra ID is running at')} ${url}\n`)
  if (caFile !== undefined) line('Its certificates:', `NODE_EXTRA_CA_CERTS=${caFile}`)
  line('Your API, in code:', `fetch: async (...request: Parameters<typeof fetch>) =>`)
  line('', `  (await import('@entraguard/emulator/fetch')).emulatorFetch('${url}')(...request)`)
  line('  tenants:', `'${settings.tenants}'`)
  line('  audience:', `['${settings.audience.join(`', '`)}']`)
  const elsewhere = url === `http://127.0.0.1:${defaultPort}` ? '' : `--emulator ${url} `
  const trust = caFile === undefined ? '' : `NODE_EXTRA_CA_CERTS=${caFile} `
  line('A token:', `${trust}npx entraguard token ${elsewhere}--scopes Orders.Read`)
  if (caFile !== undefined) {
    line(
      'A page, by MSAL:',
      `authority: '${url}/${settings.tenants}', knownAuthorities: ['${new URL(url).host}']`,
    )
    line('', `open ${url} once in that browser and accept the certificate`)
  }
  line('Everything else:', `open ${url} in a browser`)
  terminal.stdout.write(paint('dim', 'Press Ctrl-C to stop.\n'))
}
