import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { createEmulatorFrom, listen } from '../../src/node.ts'

let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
  file = path.join(directory, 'state.json')
})

afterEach(() => rm(directory, { recursive: true }))

it('keeps who was registered, and the ids that were made up, over a restart', async () => {
  const before = await createEmulatorFrom(file, { apps: [{ name: 'API' }, { name: 'Client' }] })
  before.register({ users: [{ userPrincipalName: 'grace@contoso.com' }] })
  const policy = before.conditionalAccess.add({ requires: 'mfa' })
  const after = await createEmulatorFrom(file, { apps: [{ name: 'Ignored' }] })
  expect(after.directory.apps.map(({ clientId, name }) => [clientId, name])).toEqual(
    before.directory.apps.map(({ clientId, name }) => [clientId, name]),
  )
  expect(after.directory.user('grace@contoso.com')).toEqual(before.directory.user('grace@contoso.com'))
  expect(after.conditionalAccess.remove(policy)).toBe(true)
  after.unregister(after.directory.user('grace@contoso.com')?.id ?? '')
  const last = await createEmulatorFrom(file)
  expect([last.directory.user('grace@contoso.com'), last.registrations().conditionalAccess]).toEqual([
    undefined,
    [],
  ])
})

it('is written by the control endpoints too, whole, and for its owner only', async () => {
  const entra = await createEmulatorFrom(file)
  const { url, close } = await listen(entra)
  const body = JSON.stringify({ users: [{ userPrincipalName: 'eve@contoso.com' }] })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/__emulator/register`, { method: 'POST', headers, body })
  expect(await answer.json()).toMatchObject({ apps: expect.any(Array) })
  expect(await (await fetch(`${url}/__emulator/registrations`)).json()).toEqual(
    JSON.parse(await readFile(file, 'utf8')),
  )
  expect(await (await fetch(`${url}/__emulator/health`)).json()).toEqual({ status: 'ok' })
  await close()
  expect(await readFile(file, 'utf8')).toContain('eve@contoso.com')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(directory)).toEqual(['state.json'])
})

it('says which file is wrong, and where', async () => {
  await writeFile(file, '{"apps":[{"scopes":"Orders.Read"}]}')
  await expect(createEmulatorFrom(file)).rejects.toThrow(
    `${file} is not a state file of the emulator: apps[0].scopes must be`,
  )
  await writeFile(file, '{')
  await expect(createEmulatorFrom(file)).rejects.toThrow(`${file} is not a state file of the emulator`)
})
