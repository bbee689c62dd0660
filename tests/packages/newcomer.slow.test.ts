import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServerProcess } from '../runtimes/server-process.ts'
import { blankProject, type BlankProject, type Manifest } from './blank-project.ts'
import { packAll, versionsOf, type Tarball } from './tarballs.ts'

/*
 * What somebody does who has only our pages: an empty folder, the code of the READMEs as the tarballs have them, a
 * token of the local Entra ID. Only the ports are other ones.
 */

type Server = Awaited<ReturnType<typeof startServerProcess>>

let folder: string
let tarballs: readonly Tarball[]
let cli: BlankProject
let emulator: Server
const servers: Server[] = []

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-newcomer-')))
  tarballs = await packAll(folder)
  cli = await install('cli', { ours: ['entraguard'] }, 'npm')
  emulator = await start(cli, 'node_modules/.bin/entraguard', 'emulator', '--port', '{port}')
  tokens = {
    reader: await token('--scopes', 'Orders.Read'),
    writer: await token('--scopes', 'Orders.Write'),
    idToken: await token('--kind', 'id'),
  }
}, 180_000)

afterAll(async () => {
  for (const server of servers) await server.close()
  await rm(folder, { recursive: true, force: true })
})

const install = (name: string, manifest: Manifest, manager: 'npm' | 'pnpm' = 'pnpm'): Promise<BlankProject> =>
  blankProject(path.join(folder, name), manager, tarballs, manifest)

async function start(
  { folder: cwd }: BlankProject,
  program: string,
  ...args: readonly string[]
): Promise<Server> {
  // Not a production mode, in which nobody trusts a local Entra ID.
  const environment = { NODE_ENV: 'test', ENTRA_EMULATOR_URL: emulator?.url ?? '', CI: '1' }
  const command = [path.join(cwd, program), ...args]
  const server = await startServerProcess(process.execPath, command, environment, { cwd, isUp: () => true })
  servers.push(server)
  return server
}

/** A block of code of a page, for our emulator and for a port that is free. */
async function codeOf(page: string, snippet: string): Promise<string> {
  const [, code] = (await readFile(page, 'utf8')).split(`<!-- snippet: ${snippet} -->\n\n\`\`\`ts\n`)
  if (code === undefined) throw new Error(`${page} has no block ${snippet}`)
  return code
    .slice(0, code.indexOf('```'))
    .replace('http://127.0.0.1:8484', emulator.url)
    .replace(/\b3000\b/, `Number(process.env['PORT'])`)
}

const readme = (project: BlankProject, name: string): string =>
  path.join(project.folder, 'node_modules', name, 'README.md')

async function run(project: BlankProject, program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run(process.execPath, program, ...args)
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
  return stdout
}

const token = async (...args: readonly string[]): Promise<string> =>
  (await run(cli, 'node_modules/.bin/entraguard', 'token', '--emulator', emulator.url, ...args)).trim()

let tokens: Readonly<Record<'reader' | 'writer' | 'idToken', string>>

/** A caller with the scope, one without it, one with an ID token, and one with nothing. */
async function expectGuarded({ url }: Server, route: string): Promise<void> {
  const get = async (authorization?: string): Promise<string> => {
    const response = await fetch(`${url}${route}`, authorization ? { headers: { authorization } } : {})
    return `${response.status} ${await response.text()}`
  }
  expect(await get(`Bearer ${tokens.reader}`)).toMatch(/^200 .*(?:"user"|aaaaaaaa-0000)/)
  expect(await get(`Bearer ${tokens.writer}`)).toMatch(/^403 .*"scope_missing"/)
  expect(await get(`Bearer ${tokens.idToken}`)).toMatch(/^401 .*"id_token_refused"/)
  expect(await get()).toMatch(/^401 .*"token_missing"/)
}

const firstToken = 'tests/examples/first-token'
const nextFixture = path.join(import.meta.dirname, '../next/fixtures/main/app')
const devTools = ['@entraguard/emulator', 'entraguard']

describe.concurrent('from an empty folder to the first accepted token', { timeout: 180_000 }, () => {
  it('with core alone', async () => {
    const project = await install('core', { ours: ['@entraguard/core', ...devTools] }, 'npm')
    const page = readme(project, '@entraguard/core')
    await project.write({
      'verifier.ts': await codeOf(page, `${firstToken}/verifier.ts`),
      'server.ts': await codeOf(page, `${firstToken}/server.ts`),
    })
    await expectGuarded(await start(project, 'server.ts'), '/orders')
  })

  it('with Express', async () => {
    const project = await install(
      'express',
      {
        ours: ['@entraguard/core', '@entraguard/express', ...devTools],
        others: versionsOf('express', '@types/express'),
      },
      'npm',
    )
    const page = readme(project, '@entraguard/express')
    await project.write({
      'app.ts': await codeOf(page, 'tests/examples/express.ts#app'),
      'verifier.ts': await codeOf(page, `${firstToken}/verifier.ts`),
      'server.ts': await codeOf(page, `${firstToken}/express/server.ts`),
    })
    await expectGuarded(await start(project, 'server.ts'), '/orders')
  })

  it('with Fastify', async () => {
    const project = await install('fastify', {
      ours: ['@entraguard/core', '@entraguard/fastify', ...devTools],
      others: versionsOf('fastify'),
    })
    const page = readme(project, '@entraguard/fastify')
    await project.write({
      'app.ts': await codeOf(page, 'tests/examples/fastify.ts#app'),
      'verifier.ts': await codeOf(page, `${firstToken}/verifier.ts`),
      'server.ts': await codeOf(page, `${firstToken}/fastify/server.ts`),
    })
    await expectGuarded(await start(project, 'server.ts'), '/orders')
  })

  it('with Hono, on Node and on Workers', async () => {
    const project = await install('hono', {
      ours: ['@entraguard/core', '@entraguard/hono', ...devTools],
      others: versionsOf('hono', '@hono/node-server', 'wrangler'),
    })
    const page = readme(project, '@entraguard/hono')
    const verifier = await codeOf(page, `${firstToken}/verifier.ts`)
    const app = await codeOf(page, 'tests/examples/hono.ts')
    await project.write({
      // Two options more, as the page says.
      'app.ts': app.replace(/import \{ createVerifier \}[^]*?\n|const verifier = [^]*?\n\}\)\n/g, (found) =>
        found.startsWith('import') ? verifier.replace('export const', 'const') : '',
      ),
      'server.ts': await codeOf(page, `${firstToken}/hono/server.ts`),
    })
    await expectGuarded(await start(project, 'server.ts'), '/api/orders')

    const wrangler = 'node_modules/wrangler/bin/wrangler.js'
    const settings = ['app.ts', '--compatibility-date', '2026-07-01', '--name', 'orders']
    const dry = await run(project, wrangler, 'deploy', ...settings, '--dry-run', '--outdir', 'out')
    expect(dry).toContain('--dry-run: exiting now.')
    expect(await readFile(path.join(project.folder, 'out/app.js'), 'utf8')).not.toMatch(/from ['"]node:/)
    const worker = await start(
      project,
      wrangler,
      'dev',
      ...settings,
      '--port',
      '{port}',
      '--inspector-port',
      '0',
    )
    await expectGuarded(worker, '/api/orders')
  })

  it('with NestJS, as ES modules and as CommonJS', async () => {
    const project = await install('nest', {
      ours: ['@entraguard/core', '@entraguard/nestjs', ...devTools],
      others: {
        ...versionsOf(
          '@nestjs/common',
          '@nestjs/core',
          '@nestjs/platform-express',
          'reflect-metadata',
          'rxjs',
        ),
        '@types/node': '^24',
        typescript: '~5.9.3',
      },
    })
    const page = readme(project, '@entraguard/nestjs')
    // What `nest new` of version 12 writes, for ES modules and for CommonJS alike.
    const compilerOptions = {
      module: 'nodenext',
      moduleResolution: 'nodenext',
      resolvePackageJsonExports: true,
      esModuleInterop: true,
      isolatedModules: true,
      declaration: true,
      emitDecoratorMetadata: true,
      experimentalDecorators: true,
      target: 'ES2023',
      outDir: './dist',
      rootDir: './src',
      strict: true,
      strictPropertyInitialization: false,
      types: ['node'],
      skipLibCheck: false,
    }
    for (const type of ['module', 'commonjs']) {
      await project.write({
        [`${type}/package.json`]: JSON.stringify({ type }),
        [`${type}/tsconfig.json`]: JSON.stringify({ compilerOptions, include: ['src'] }),
        [`${type}/src/app.module.ts`]: await codeOf(page, 'tests/examples/nestjs/first-token.module.ts'),
        [`${type}/src/orders.controller.ts`]: await codeOf(
          page,
          'tests/examples/nestjs/orders.controller.ts',
        ),
        [`${type}/src/main.ts`]: `
          import { NestFactory } from '@nestjs/core'
          import { AppModule } from './app.module.js'
          async function bootstrap() {
            const app = await NestFactory.create(AppModule)
            await app.listen(process.env.PORT ?? 3000)
          }
          void bootstrap()`,
      })
      await run(project, 'node_modules/typescript/bin/tsc', '-p', type)
      const main = await readFile(path.join(project.folder, type, 'dist/main.js'), 'utf8')
      expect(main.includes('require(')).toBe(type === 'commonjs')
      await expectGuarded(await start(project, `${type}/dist/main.js`), '/orders')
    }
  })

  it.each([
    ['Next.js', versionsOf('next')],
    ['Next.js 15.1, the oldest that the package takes', { next: '15.1.11' }],
  ])('with %s, by its production build', async (_, next) => {
    const project = await install(`next-${next['next']}`, {
      ours: ['@entraguard/core', '@entraguard/next', ...devTools],
      others: {
        ...next,
        ...versionsOf('react', 'react-dom', '@types/react'),
        '@types/node': '^24',
        typescript: '~5.9.3',
      },
    })
    await project.write({
      'package.json': (await readFile(path.join(project.folder, 'package.json'), 'utf8')).replace(
        '"type":"module",',
        '',
      ),
    })
    const page = readme(project, '@entraguard/next')
    const [, byVariable = ''] =
      (await readFile(page, 'utf8')).match(/`(\.\.\.\(process\.env\.ENTRA_EMULATOR_URL.*?)`/) ?? []
    await project.write({
      // As `create-next-app` writes it; the rest Next adds.
      'tsconfig.json': JSON.stringify({ compilerOptions: { strict: true, moduleResolution: 'bundler' } }),
      'verifier.ts': (await codeOf(page, `${firstToken}/verifier.ts`)).replace(/fetch: .*/, `${byVariable},`),
      'app/orders/[id]/route.ts': (
        await codeOf(page, 'tests/next/fixtures/main/app/orders/[id]/route.ts#route')
      ).replace(/RouteContext<.*?>/, (type) =>
        next['next']?.startsWith('15.1.') ? '{ params: Promise<{ id: string }> }' : type,
      ),
      'app/edge/orders/route.ts': await codeOf(
        page,
        'tests/next/fixtures/main/app/edge/orders/route.ts#edge',
      ),
      'pages/api/orders.ts': await codeOf(page, 'tests/next/fixtures/main/pages/api/orders.ts#api'),
      'app/layout.tsx': await readFile(path.join(nextFixture, 'layout.tsx'), 'utf8'),
      'app/account/page.tsx': (await readFile(path.join(nextFixture, 'account/page.tsx'), 'utf8')).replace(
        '../../../verifier.ts',
        '../../verifier',
      ),
    })
    await run(project, 'node_modules/next/dist/bin/next', 'build')
    const server = await start(project, 'node_modules/next/dist/bin/next', 'start', '--port', '{port}')
    for (const route of ['/orders/1', '/edge/orders', '/api/orders']) await expectGuarded(server, route)
    const account = async (headers: Record<string, string>): Promise<string> =>
      (await (await fetch(`${server.url}/account`, { headers })).text()).replaceAll('<!-- -->', '')
    expect(await account({ authorization: `Bearer ${tokens.reader}` })).toContain('caller aaaaaaaa-0000')
    expect(await account({ authorization: `Bearer ${tokens.writer}` })).toContain('refused scope_missing')
    expect(await account({})).toContain('refused token_missing')
  })
})
