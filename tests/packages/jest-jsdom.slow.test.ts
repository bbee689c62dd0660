import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { blankProject, type BlankProject } from './blank-project.ts'
import { packAll } from './tarballs.ts'

/* What docs/testing.md says of Jest whose environment is jsdom, in a project that has it for its pages. */

let folder: string
let project: BlankProject

const page = `
test('this is a page, and jsdom leaves out what an API needs', () => {
  expect(document.body.tagName).toBe('BODY')
  expect(['fetch', 'Request', 'TextDecoder', 'TextEncoder'].filter((name) => name in globalThis)).toEqual([])
  expect(globalThis.crypto?.subtle).toBeUndefined()
})
`

const api = `
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'

test('an API takes a token of the emulator', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  expect((await verifier.authenticate('Bearer ' + token, { scopes: ['Orders.Read'] })).kind).toBe('user')
})
`

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-jest-')))
  project = await blankProject(path.join(folder, 'jest'), 'npm', await packAll(folder), {
    ours: ['@entraguard/core', '@entraguard/emulator'],
    others: { jest: '^30.2.0', 'jest-environment-jsdom': '^30.2.0' },
  })
  await project.write({
    'jest.config.js': "export default { testEnvironment: 'jsdom', transform: {}, testTimeout: 120_000 }\n",
    'page.test.js': page,
    'api.test.js': `/** @jest-environment node */\n${api}`,
    'api-as-a-page.test.js': api,
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const jest = (file: string) =>
  project.run(process.execPath, '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', file)

it.each(['page.test.js', 'api.test.js'])('runs %s in its own environment', async (file) => {
  const { code, stderr } = await jest(`/${file}`)
  expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ')
  expect(stderr).toContain('1 passed')
})

it('fails for an API without the line, for what jsdom leaves out', async () => {
  const { code, stderr } = await jest('/api-as-a-page.test.js')
  expect(code).toBe(1)
  expect(stderr).toContain('ReferenceError: TextDecoder is not defined')
})
