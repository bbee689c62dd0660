import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, test } from 'vitest'

// #region state
import { createEmulatorFrom } from '@entraguard/emulator/node'

/** Who was registered once is there after every restart. */
async function start(file: string) {
  const entra = await createEmulatorFrom(file)
  if (entra.directory.user('grace@contoso.com') === undefined) {
    entra.register({ users: [{ userPrincipalName: 'grace@contoso.com', name: 'Grace Hopper' }] })
  }
  return entra
}
// #endregion

test('registrations outlast a restart', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
  const file = path.join(directory, 'entra.json')
  const before = (await start(file)).directory.user('grace@contoso.com')
  expect((await start(file)).directory.user('grace@contoso.com')).toEqual(before)
  await rm(directory, { recursive: true })
})
