import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { createEmulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServerProcess } from '../runtimes/server-process.ts'
import { blankProject, type BlankProject } from './blank-project.ts'
import { packAll } from './tarballs.ts'

/*
 * A Nest API in one file, in a folder where nothing is installed: what no longer knows its own place, a Lambda or an
 * Azure Function, say.
 */

const fixtures = path.join(import.meta.dirname, 'bundled')

let folder: string
let projects: Readonly<Record<string, BlankProject>>
let emulator: Listening
let tokens: Readonly<Record<'reader' | 'writer', string>>

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-bundles-')))
  const tarballs = await packAll(folder)
  const entra = await createEmulator()
  emulator = await listen(entra)
  tokens = {
    reader: await entra.issueUserToken({ scopes: ['Orders.Read'] }),
    writer: await entra.issueUserToken({ scopes: ['Orders.Write'] }),
  }
  const install = async (name: string, version: string, swagger: boolean): Promise<BlankProject> => {
    const nest = ['common', 'core', 'platform-express', ...(swagger ? ['swagger'] : [])]
    const project = await blankProject(path.join(folder, name), 'pnpm', tarballs, {
      ours: ['@entraguard/core', '@entraguard/emulator', '@entraguard/nestjs'],
      others: {
        ...Object.fromEntries(nest.map((each) => [`@nestjs/${each}`, `^${version}.0.0`])),
        'reflect-metadata': '^0.2.2',
        rxjs: '^7.8.2',
        esbuild: '^0.28.2',
        webpack: '^5.113.0',
        '@vercel/ncc': '^0.45.0',
      },
    })
    for (const file of await readdir(fixtures)) {
      const source = await readFile(path.join(fixtures, file), 'utf8')
      await project.write(file.endsWith('.ts') ? await compiled(file, source) : { [file]: source })
    }
    return project
  }
  projects = {
    'Nest 11': await install('nest-11', '11', false),
    'Nest 11 and Swagger': await install('nest-11-swagger', '11', true),
    'Nest 12': await install('nest-12', '12', false),
    'Nest 12 and Swagger': await install('nest-12-swagger', '12', true),
  }
})

afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true, force: true })
})

/** A program as the compiler leaves it, in both kinds of modules. */
async function compiled(name: string, source: string): Promise<Record<string, string>> {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }
  const to = async (format: 'cjs' | 'esm'): Promise<string> =>
    (await transform(source, { loader: 'ts', format, target: 'es2023', tsconfigRaw })).code
  const base = name.replace(/\.ts$/, '')
  return {
    [`commonjs/${base}.js`]: (await to('cjs')).replaceAll('./api.ts', './api.js'),
    'commonjs/package.json': '{ "type": "commonjs" }',
    [`module/${base}.js`]: (await to('esm')).replaceAll('./api.ts', './api.js'),
  }
}

interface Case {
  readonly project: string
  readonly bundler: string
  readonly entry: string
}

/** Bundles, and takes the bundle away from what is installed, where the build machine's path would lead. */
async function bundle({ project, bundler, entry }: Case): Promise<string> {
  const { run } = projects[project]!
  const out = path.join(folder, 'away', `${project} ${bundler} ${entry}`.replaceAll(/[ /]/g, '-'))
  const { code, stdout, stderr } = await run(process.execPath, 'bundle.mjs', bundler, entry, out)
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
  return ['main.cjs', 'main.mjs'].map((name) => path.join(out, name)).find((file) => existsSync(file)) ?? ''
}

/** Starts a bundle and asks it. Gives what it says of itself. */
async function ask(file: string): Promise<{ readonly document?: OpenApi }> {
  const environment = { ENTRA_EMULATOR_URL: emulator.url }
  const server = await startServerProcess(process.execPath, [file], environment, {
    cwd: path.dirname(file),
    isUp: () => true,
  })
  try {
    const get = async (token?: string): Promise<string> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await fetch(`${server.url}/orders`, { headers })
      return `${response.status} ${await response.text()}`
    }
    expect(await get(tokens.reader)).toMatch(/^200 .*aaaaaaaa-0000/)
    expect(await get(tokens.writer)).toMatch(/^403 .*"scope_missing"/)
    expect(await get()).toMatch(/^401 .*"token_missing"/)
    const document = await fetch(`${server.url}/document`)
    return document.ok ? { document: (await document.json()) as OpenApi } : {}
  } finally {
    await server.close()
  }
}

interface OpenApi {
  readonly paths: Readonly<
    Record<string, { readonly get: { readonly security: unknown; readonly responses: object } }>
  >
}

const bundlers = ['esbuild as CommonJS', 'esbuild as an ES module', 'webpack', 'ncc']

describe.concurrent('a bundle of a Nest API', () => {
  it.each<Case>([
    ...bundlers.map((bundler) => ({ project: 'Nest 12', bundler, entry: 'module/plain.js' })),
    { project: 'Nest 12', bundler: 'esbuild as CommonJS', entry: 'commonjs/plain.js' },
    { project: 'Nest 11', bundler: 'esbuild as CommonJS', entry: 'commonjs/plain.js' },
    { project: 'Nest 11', bundler: 'esbuild as an ES module', entry: 'commonjs/plain.js' },
  ])('of $project, by $bundler, from $entry, is guarded', async (each) => {
    expect(await ask(await bundle(each))).toEqual({})
  })

  it.each<Case>([
    ...bundlers.map((bundler) => ({
      project: 'Nest 11 and Swagger',
      bundler,
      entry: 'commonjs/documented.js',
    })),
    // Others stop at @nestjs/swagger 12 itself, which looks for its own place when it is loaded.
    { project: 'Nest 12 and Swagger', bundler: 'esbuild as an ES module', entry: 'module/documented.js' },
    { project: 'Nest 12 and Swagger', bundler: 'webpack', entry: 'module/documented.js' },
  ])('of $project, by $bundler, documents what its routes ask', async (each) => {
    const { document } = await ask(await bundle(each))
    const { security, responses } = document?.paths['/orders']?.get ?? {}
    expect(security).toEqual([{ bearer: [] }])
    expect(Object.keys(responses ?? {})).toEqual(['200', '401', '403'])
  })
})
