import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { newcomer, readme, type Newcomer } from './newcomer.ts'
import { versionsOf } from './tarballs.ts'

/*
 * What somebody does who has only our pages: an empty folder, the code of the READMEs as the tarballs have them, a
 * token of the local Entra ID; and then a production install of the same code. Only the ports are other ones. Projects
 * of `nest new` have a file of their own.
 */

let user: Newcomer

beforeAll(async () => {
  user = await newcomer()
})

afterAll(() => user.close())

const expectGuarded: Newcomer['expectGuarded'] = (...args) => user.expectGuarded(...args)
const expectProduction: Newcomer['expectProduction'] = (...args) => user.expectProduction(...args)

const firstToken = 'tests/examples/first-token'
const functionsHost = path.join(import.meta.dirname, '../../apps/functions-api/src/host.ts')
const nextFixture = path.join(import.meta.dirname, '../next/fixtures/main/app')

describe.concurrent('from an empty folder to the first accepted token, and to production', () => {
  it('with core alone', async () => {
    const project = await user.install('core', { ours: ['@entraguard/core'] }, 'npm')
    const page = readme(project, '@entraguard/core')
    await project.write({
      'verifier.ts': await user.codeOf(page, `${firstToken}/verifier.ts`),
      'server.ts': await user.codeOf(page, `${firstToken}/server.ts`),
    })
    await expectGuarded(await user.start(project, 'server.ts'), '/orders')
    await expectProduction(project, '/orders', 'server.ts')
  })

  it('with Express', async () => {
    const project = await user.install(
      'express',
      {
        ours: ['@entraguard/core', '@entraguard/express'],
        others: versionsOf('express', '@types/express'),
        development: ['@types/express'],
      },
      'npm',
    )
    const page = readme(project, '@entraguard/express')
    await project.write({
      'app.ts': await user.codeOf(page, 'tests/examples/express.ts#app'),
      'verifier.ts': await user.codeOf(page, `${firstToken}/verifier.ts`),
      'server.ts': await user.codeOf(page, `${firstToken}/express/server.ts`),
    })
    await expectGuarded(await user.start(project, 'server.ts'), '/orders')
    await expectProduction(project, '/orders', 'server.ts')
  })

  it('with Fastify', async () => {
    const project = await user.install('fastify', {
      ours: ['@entraguard/core', '@entraguard/fastify'],
      others: versionsOf('fastify'),
    })
    const page = readme(project, '@entraguard/fastify')
    await project.write({
      'app.ts': await user.codeOf(page, 'tests/examples/fastify.ts#app'),
      'verifier.ts': await user.codeOf(page, `${firstToken}/verifier.ts`),
      'server.ts': await user.codeOf(page, `${firstToken}/fastify/server.ts`),
    })
    await expectGuarded(await user.start(project, 'server.ts'), '/orders')
    await expectProduction(project, '/orders', 'server.ts')
  })

  it('with Azure Functions, by the host of our sample: Core Tools come from no registry', async () => {
    const project = await user.install('functions', {
      ours: ['@entraguard/core', '@entraguard/azure-functions'],
      others: versionsOf('@azure/functions'),
    })
    const page = readme(project, '@entraguard/azure-functions')
    await project.write({
      'orders.ts': await user.codeOf(page, 'tests/examples/azure-functions.ts#app'),
      'verifier.ts': await user.codeOf(page, `${firstToken}/verifier.ts`),
      'index.ts': await user.codeOf(page, `${firstToken}/azure-functions/index.ts`),
      'host.ts': await readFile(functionsHost, 'utf8'),
      'server.ts': `import './index.ts' // registers, as it does where a host listens
import { createHost } from './host.ts'
import { readOrders } from './orders.ts'
import { verifier } from './verifier.ts'

const host = createHost({ orders: { methods: ['GET'], handler: readOrders(verifier) } })
host.listen(Number(process.env['PORT']), '127.0.0.1')
`,
    })
    await expectGuarded(await user.start(project, 'server.ts'), '/api/orders')
    await expectProduction(project, '/api/orders', 'server.ts')
  })

  it('with Hono, on Node and on Workers', async () => {
    const project = await user.install('hono', {
      ours: ['@entraguard/core', '@entraguard/hono'],
      others: versionsOf('hono', '@hono/node-server', 'wrangler'),
      development: ['wrangler'],
    })
    const page = readme(project, '@entraguard/hono')
    const verifier = await user.codeOf(page, `${firstToken}/verifier.ts`)
    const app = (await user.codeOf(page, 'tests/examples/hono.ts')).replace(
      /import \{ createVerifier \}[^]*?\n|const verifier = [^]*?\n\}\)\n/g,
      (found) => (found.startsWith('import') ? verifier.replace('export const', 'const') : ''),
    )
    await project.write({
      'app.ts': app,
      'server.ts': await user.codeOf(page, `${firstToken}/hono/server.ts`),
      // As the page says of Workers.
      'worker.ts': `import { env } from 'cloudflare:workers'\n${app.replaceAll('process.env.', 'env.')}`,
    })
    await expectGuarded(await user.start(project, 'server.ts'), '/api/orders')

    const wrangler = 'node_modules/wrangler/bin/wrangler.js'
    const settings = ['worker.ts', '--compatibility-date', '2026-07-01', '--name', 'orders']
    const dry = await user.run(project, wrangler, 'deploy', ...settings, '--dry-run', '--outdir', 'out')
    expect(dry).toContain('--dry-run: exiting now.')
    const bundle = await readFile(path.join(project.folder, 'out/worker.js'), 'utf8')
    expect(bundle).not.toMatch(/from ['"]node:/)
    // The way to the emulator is in it, and not what issues tokens.
    expect(bundle).toContain('emulatorFetch')
    expect(bundle).not.toContain('issueUserToken')
    const variable = `ENTRA_EMULATOR_URL:${user.emulator.url}`
    const ports = ['--port', '{port}', '--inspector-port', '0']
    const worker = await user.start(project, wrangler, 'dev', ...settings, ...ports, '--var', variable)
    await expectGuarded(worker, '/api/orders')

    await expectProduction(project, '/api/orders', 'server.ts')
  })

  it.each([
    ['Next.js', versionsOf('next')],
    ['Next.js 15.2, the oldest that the package takes', { next: '15.2.9' }],
  ])('with %s, by its production build', async (_, next) => {
    const project = await user.install(`next-${next['next']}`, {
      ours: ['@entraguard/core', '@entraguard/next'],
      others: {
        ...next,
        ...versionsOf('react', 'react-dom', '@types/react'),
        '@types/node': '^24',
        typescript: '~5.9.3',
      },
      development: ['@types/react', '@types/node', 'typescript'],
    })
    await project.write({
      'package.json': (await readFile(path.join(project.folder, 'package.json'), 'utf8')).replace(
        '"type":"module",',
        '',
      ),
    })
    const page = readme(project, '@entraguard/next')
    await project.write({
      // As `create-next-app` writes it; the rest Next adds.
      'tsconfig.json': JSON.stringify({ compilerOptions: { strict: true, moduleResolution: 'bundler' } }),
      'verifier.ts': await user.codeOf(page, `${firstToken}/verifier.ts`),
      'app/orders/[id]/route.ts': (
        await user.codeOf(page, 'tests/next/fixtures/main/app/orders/[id]/route.ts#route')
      ).replace(/RouteContext<.*?>/, (type) =>
        next['next']?.startsWith('15.2.') ? '{ params: Promise<{ id: string }> }' : type,
      ),
      'app/edge/orders/route.ts': await user.codeOf(
        page,
        'tests/next/fixtures/main/app/edge/orders/route.ts#edge',
      ),
      'pages/api/orders.ts': await user.codeOf(page, 'tests/next/fixtures/main/pages/api/orders.ts#api'),
      'app/layout.tsx': await readFile(path.join(nextFixture, 'layout.tsx'), 'utf8'),
      'app/account/page.tsx': (await readFile(path.join(nextFixture, 'account/page.tsx'), 'utf8')).replace(
        '../../../verifier.ts',
        '../../verifier',
      ),
    })
    const program = 'node_modules/next/dist/bin/next'
    await user.run(project, program, 'build')
    const server = await user.start(project, program, 'start', '--port', '{port}')
    for (const route of ['/orders/1', '/edge/orders', '/api/orders']) await expectGuarded(server, route)
    const account = async (headers: Record<string, string>): Promise<string> =>
      (await (await fetch(`${server.url}/account`, { headers })).text()).replaceAll('<!-- -->', '')
    const { reader, writer } = user.tokens
    expect(await account({ authorization: `Bearer ${reader}` })).toContain('caller aaaaaaaa-0000')
    expect(await account({ authorization: `Bearer ${writer}` })).toContain('refused scope_missing')
    expect(await account({})).toContain('refused token_missing')

    await expectProduction(project, '/orders/1', program, 'start', '--port', '{port}')
  })
})
