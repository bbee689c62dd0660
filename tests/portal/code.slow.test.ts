import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterAll, expect, it } from 'vitest'

import type { Ids } from '../../apps/portal/src/directory/ids.ts'
import { snippets } from '../../apps/portal/src/directory/snippets.ts'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '../..')

/** An app whose ids are in no example. */
const app = {
  clientId: 'abababab-1111-4111-8111-111111111111',
  name: 'Stock API',
  tenantId: 'cdcdcdcd-1111-4111-8111-111111111111',
  appIdUri: 'api://stock.contoso.com',
  scopes: ['Stock.Read', 'Stock.Write'],
  appRoles: [{ value: 'Stock.Read.All', allowedMemberTypes: ['Application'] as const }],
}
const ids: Ids = {
  api: app,
  client: { ...app, clientId: 'efefefef-1111-4111-8111-111111111111', secret: 'a-secret' },
  origin: { here: 'http://127.0.0.1:8484', secure: 'https://localhost:8484' },
}

/** Beside the tests that have the packages: of the browser's client in a workspace of their own. */
const homes = {
  here: path.join(root, 'tests/portal/generated'),
  clients: path.join(root, 'tests/clients/generated'),
}

afterAll(() => {
  for (const home of Object.values(homes)) rmSync(home, { recursive: true, force: true })
})

it('the code that the portal shows compiles, and has the ids of the app and no others', async () => {
  for (const { id, blocks } of snippets) {
    const home = id === 'msal-browser' ? homes.clients : homes.here
    for (const { name, code } of blocks(ids)) {
      expect([id, name, code]).toEqual([
        id,
        name,
        expect.not.stringMatching(/11111111-1111|22222222-2222|44444444-4444|Orders\.(?:Read|Write)/),
      ])
      if (!name.endsWith('.ts')) continue
      const file = path.join(home, id, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, code.endsWith('\n') ? code : `${code}\n`)
    }
  }
  for (const home of Object.values(homes)) {
    const config = path.join(home, 'tsconfig.json')
    const compilerOptions = {
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      experimentalDecorators: true,
      customConditions: ['@entraguard/source'],
    }
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ['**/*.ts'] }))
    const { stdout } = await run(process.execPath, [
      path.join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      config,
    ]).catch((error: unknown) => ({ stdout: String(Reflect.get(Object(error), 'stdout')) }))
    expect(stdout).toBe('')
  }
})
