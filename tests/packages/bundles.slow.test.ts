import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, realpath, rename, rm } from 'node:fs/promises'
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

const versions = ['11', '12'] as const
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
  const install = async (version: string): Promise<BlankProject> => {
    const nest = ['common', 'core', 'platform-express', 'swagger'].map((name) => [
      `@nestjs/${name}`,
      `^${version}.0.0`,
    ])
    const project = await blankProject(path.join(folder, `nest-${version}`), 'pnpm', tarballs, {
      ours: ['@entraguard/core', '@entraguard/emulator', '@entraguard/nestjs'],
      others: {
        ...Object.fromEntries(nest),
        'reflect-metadata': '^0.2.2',
        rxjs: '^7.8.2',
        esbuild: '^0.28.2',
        webpack: '^5.113.0',
        '@vercel/ncc': '^0.45.0',
      },
    })
    for (const name of await readdir(fixtures)) {
      const source = await readFile(path.join(fixtures, name), 'utf8')
      await project.write(name.endsWith('.ts') ? await compiled(name, source) : { [name]: source })
    }
    return project
  }
  projects = Object.fromEntries(
    await Promise.all(versions.map(async (version) => [version, await install(version)] as const)),
  )
}, 300_000)

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

async function bundle(version: string, bundler: string, entry: string): Promise<string> {
  const { run, folder: from } = projects[version]!
  const { code, stdout, stderr } = await run(process.execPath, 'bundle.mjs', bundler, entry, 'out')
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
  // Away from what is installed, which the build machine's path would lead to.
  const away = path.join(
    folder,
    'away',
    `${version}-${bundler.replaceAll(' ', '-')}-${entry.replace('/', '-')}`,
  )
  await cp(path.join(from, 'out'), away, { recursive: true })
  await rm(path.join(from, 'out'), { recursive: true })
  return ['main.cjs', 'main.mjs'].map((name) => path.join(away, name)).find((file) => existsSync(file)) ?? ''
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

const swagger = (version: string, name = 'swagger'): string =>
  path.join(projects[version]!.folder, 'node_modules/@nestjs', name)

describe('a bundle of a Nest API without @nestjs/swagger', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    for (const version of versions) await rename(swagger(version), swagger(version, 'not-swagger'))
  })

  afterAll(async () => {
    for (const version of versions) await rename(swagger(version, 'not-swagger'), swagger(version))
  })

  it.each([
    ...bundlers.map((bundler) => ({ version: '12', bundler, entry: 'module/plain.js' })),
    { version: '12', bundler: 'esbuild as CommonJS', entry: 'commonjs/plain.js' },
    { version: '11', bundler: 'esbuild as CommonJS', entry: 'commonjs/plain.js' },
    { version: '11', bundler: 'esbuild as an ES module', entry: 'commonjs/plain.js' },
  ])('by $bundler, of Nest $version, from $entry, is guarded', async ({ version, bundler, entry }) => {
    expect(await ask(await bundle(version, bundler, entry))).toEqual({})
  })
})

describe('a bundle of a Nest API with @nestjs/swagger', { timeout: 180_000 }, () => {
  it.each([
    ...bundlers.map((bundler) => ({ version: '11', bundler, entry: 'commonjs/documented.js' })),
    // Others stop at @nestjs/swagger 12 itself, which looks for its own place when it is loaded.
    { version: '12', bundler: 'esbuild as an ES module', entry: 'module/documented.js' },
    { version: '12', bundler: 'webpack', entry: 'module/documented.js' },
  ])('by $bundler, of Nest $version, documents what its routes ask', async ({ version, bundler, entry }) => {
    const { document } = await ask(await bundle(version, bundler, entry))
    const { security, responses } = document?.paths['/orders']?.get ?? {}
    expect(security).toEqual([{ bearer: [] }])
    expect(Object.keys(responses ?? {})).toEqual(['401', '403'])
  })
})
