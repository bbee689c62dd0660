import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { createEmulator, defaults, emulatorFetch } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { expect, test } from 'vitest'

const discovery = `https://login.microsoftonline.com/${defaults.tenantId}/v2.0/.well-known/openid-configuration`

test('a process that was told nothing says that the certificate is not trusted', async () => {
  const entra = await createEmulator()
  const { url, close } = await listen(entra, { https: true })
  await expect(emulatorFetch(url)(discovery)).rejects.toThrow(/certificate .* is not trusted here/)
  await close()
  await expect(emulatorFetch(url)(discovery)).rejects.toThrow(/No emulator answers/)
})

test('a process can trust the certificate authority of an emulator by itself', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
  const { url, close } = await listen(await createEmulator(), { https: { directory } })
  // In a process of its own: this one goes on to trust nobody.
  const program = path.join(import.meta.dirname, 'emulator-trust.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    path.join(directory, 'ca.pem'),
    `${url}/common/discovery/keys`,
  ])
  expect(stdout).toBe('200\n')
  await close()
  await rm(directory, { recursive: true })
})
