import { existsSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect } from 'vitest'

import { startServerProcess } from '../runtimes/server-process.ts'
import { blankProject, type BlankProject, type Manager, type Manifest } from './blank-project.ts'
import { packAll, type Tarball } from './tarballs.ts'

export type Server = Awaited<ReturnType<typeof startServerProcess>>

/** What the READMEs have people install for development only. */
export const devTools = ['@entraguard/emulator', 'entraguard']

/** Somebody who has only our pages, the packed tarballs, an empty folder and the emulator of the command line. */
export interface Newcomer {
  readonly folder: string
  readonly tarballs: readonly Tarball[]
  readonly emulator: Server
  readonly tokens: Readonly<Record<'reader' | 'writer' | 'idToken', string>>
  /** A project of its own, with our development tools. */
  readonly install: (name: string, manifest: Manifest, manager?: Manager) => Promise<BlankProject>
  /** Runs a program of Node's in a project; it has to end well. Gives what it wrote. */
  readonly run: (project: BlankProject, program: string, ...args: readonly string[]) => Promise<string>
  /** Starts a program of Node's in a project, as the pages do: with `ENTRA_EMULATOR_URL`. `{port}` is a free port. */
  readonly start: (project: BlankProject, program: string, ...args: readonly string[]) => Promise<Server>
  readonly startCommand: (
    command: string,
    args: readonly string[],
    cwd: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<Server>
  /** A caller with the scope gets in; one without it, one with an ID token, and one with nothing do not. */
  readonly expectGuarded: (server: Server, route: string) => Promise<void>
  /**
   * Installs as for production, where the emulator is not there, starts and asks: who brings no token is refused, and
   * Microsoft, or an emulator that somebody named there, answers nobody on this machine.
   */
  readonly expectProduction: (
    project: BlankProject,
    route: string,
    program: string,
    ...args: readonly string[]
  ) => Promise<void>
  /** A block of code of a page, for our emulator and for a port that is free. */
  readonly codeOf: (page: string, snippet: string) => Promise<string>
  readonly close: () => Promise<void>
}

export const readme = (project: BlankProject, name: string): string =>
  path.join(project.folder, 'node_modules', name, 'README.md')

const run: Newcomer['run'] = async (project, program, ...args) => {
  const { code, stdout, stderr } = await project.run(process.execPath, program, ...args)
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
  return stdout
}

export async function newcomer(): Promise<Newcomer> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-newcomer-')))
  const tarballs = await packAll(folder)
  const servers: Server[] = []

  const startCommand: Newcomer['startCommand'] = async (command, args, cwd, environment = {}) => {
    const server = await startServerProcess(command, args, environment, {
      cwd,
      isUp: () => true,
    })
    servers.push(server)
    return server
  }
  // Not a production mode, in which nobody trusts a local Entra ID.
  const development = { NODE_ENV: 'test', CI: '1' }
  const startIn = (
    project: BlankProject,
    environment: Readonly<Record<string, string>>,
    program: string,
    ...args: readonly string[]
  ): Promise<Server> =>
    startCommand(process.execPath, [path.join(project.folder, program), ...args], project.folder, environment)
  const cli = await blankProject(path.join(folder, 'cli'), 'npm', tarballs, { ours: ['entraguard'] })
  const command = 'node_modules/.bin/entraguard'
  const emulator = await startIn(cli, development, command, 'emulator', '--port', '{port}')
  const token = async (...args: readonly string[]): Promise<string> =>
    (await run(cli, command, 'token', '--emulator', emulator.url, ...args)).trim()
  const tokens = {
    reader: await token('--scopes', 'Orders.Read'),
    writer: await token('--scopes', 'Orders.Write'),
    idToken: await token('--kind', 'id'),
  }
  const get = async ({ url }: Server, route: string, bearer?: string): Promise<string> => {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
    const response = await fetch(`${url}${route}`, { headers })
    return `${response.status} ${await response.text()}`
  }

  return {
    folder,
    tarballs,
    emulator,
    tokens,
    run,
    startCommand,
    install: (name, manifest, manager = 'pnpm') =>
      blankProject(path.join(folder, name), manager, tarballs, {
        ...manifest,
        ours: [...manifest.ours, ...devTools],
        development: [...devTools, ...(manifest.development ?? [])],
      }),
    start: (project, program, ...args) =>
      startIn(project, { ...development, ENTRA_EMULATOR_URL: emulator.url }, program, ...args),
    async expectGuarded(server, route) {
      expect(await get(server, route, tokens.reader)).toMatch(/^200 .*(?:"user"|aaaaaaaa-0000)/)
      expect(await get(server, route, tokens.writer)).toMatch(/^403 .*"scope_missing"/)
      expect(await get(server, route, tokens.idToken)).toMatch(/^401 .*"id_token_refused"/)
      expect(await get(server, route)).toMatch(/^401 .*"token_missing"/)
    },
    async expectProduction(project, route, program, ...args) {
      await project.installForProduction()
      for (const name of devTools)
        expect(existsSync(path.join(project.folder, 'node_modules', name)), name).toBe(false)
      const production = { NODE_ENV: 'production', CI: '1' }
      const server = await startIn(project, production, program, ...args)
      expect(await get(server, route)).toMatch(/^401 .*An access token is required/)
      expect(await get(server, route, 'a.b.c')).toMatch(/^401 .*"invalid_token"/)
      await server.close()
      const misled = await startIn(
        project,
        { ...production, ENTRA_EMULATOR_URL: emulator.url },
        program,
        ...args,
      )
      expect(await get(misled, route, tokens.reader)).toMatch(/^503 /)
      await misled.close()
    },
    async codeOf(page, snippet) {
      const [, block] = (await readFile(page, 'utf8')).split(`<!-- snippet: ${snippet} -->\n\n`)
      const [, code] = /^```tsx?\n([^]*?)```/.exec(block ?? '') ?? []
      if (code === undefined) throw new Error(`${page} has no block ${snippet}`)
      return code.replace(/\b3000\b/, `Number(process.env['PORT'])`)
    },
    async close() {
      for (const server of servers) await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
