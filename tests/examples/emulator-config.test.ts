import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, test } from 'vitest'

import { emulatorFrom } from './emulator-config.ts'

test('an emulator from a configuration file names the mistake in it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'entraguard-config-'))
  const file = path.join(folder, 'emulator.json')
  await writeFile(file, JSON.stringify({ apps: [{ scopes: ['Invoices.Read'] }] }))
  const entra = await emulatorFrom(file)
  expect(entra.directory.firstApp.scopes).toEqual(['Invoices.Read'])
  await writeFile(file, JSON.stringify({ apps: [{ scopes: 'Invoices.Read' }] }))
  await expect(emulatorFrom(file)).rejects.toThrow('apps[0].scopes must be a list')
  await rm(folder, { recursive: true })
})
