import { X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { listen, type Listening } from '../../src/node.ts'
import { createAuthority } from '../../src/node/certificate-authority.ts'
import { leaveBehind } from './old-pair.ts'
import { ask } from './tls-client.ts'

const DAY = 86_400_000

let directory: string
const open: Pick<Listening, 'close'>[] = []

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()))
  await rm(directory, { recursive: true })
})

/** An emulator whose External ID tenant has a host name of its own. */
const withHost = async (host: string): Promise<Emulator> =>
  createEmulator({
    tenants: [
      { id: defaults.tenantId, name: 'contoso' },
      { id: defaults.externalIdTenantId, name: 'ciam', kind: 'externalId', host },
    ],
  })

async function start(entra?: Emulator): Promise<Listening> {
  const listening = await listen(entra ?? (await createEmulator()), { https: { directory } })
  open.push(listening)
  return listening
}

const inside = async (file: string): Promise<string> => readFile(path.join(directory, file), 'utf8')

describe('a kept authority', () => {
  it('is kept in a directory, its key in a file of mode 0600, and used again', async () => {
    const first = await start()
    expect(first.caFile).toBe(path.join(directory, 'ca.pem'))
    expect(await inside('ca.pem')).toBe(first.ca)
    expect(first.ca).not.toContain('PRIVATE KEY')
    expect((await stat(path.join(directory, 'ca-key.pem'))).mode & 0o777).toBe(0o600)
    const second = await start()
    expect(second.ca).toBe(first.ca)
    expect(await ask(second, first.ca, 'localhost')).toBe(200)
  })

  it('leaves nothing unfinished, and no second copy of its key, in the directory', async () => {
    await Promise.all([start(), start(), start()])
    expect((await readdir(directory)).map((file) => file.replace(/[0-9a-f]{16}/, 'X')).toSorted()).toEqual([
      'ca-key.pem',
      'ca.X.pem',
      'ca.pem',
    ])
  })

  it('is refused when others can read its key', async () => {
    await start()
    await chmod(path.join(directory, 'ca-key.pem'), 0o640)
    await expect(start()).rejects.toThrow(/can be read by others/)
  })

  it('shows its certificate again when somebody removed or damaged the file for clients', async () => {
    const { ca } = await start()
    await rm(path.join(directory, 'ca.pem'))
    expect((await start()).ca).toBe(ca)
    await writeFile(path.join(directory, 'ca.pem'), 'damaged')
    expect((await start()).ca).toBe(ca)
    expect(await inside('ca.pem')).toBe(ca)
  })

  it('says which files to remove when its key is damaged', async () => {
    await start()
    await writeFile(path.join(directory, 'ca-key.pem'), 'damaged')
    await expect(start()).rejects.toThrow(/ca-key\.pem cannot be read: remove both/)
  })

  it('is made anew when its last day has come', async () => {
    const old = await createAuthority([], Date.now() - 30 * DAY + 2 * 3_600_000)
    await leaveBehind(directory, old.pem, old.privateKey)
    const { ca } = await start()
    expect(ca).not.toBe(old.pem)
    expect(await inside('ca.pem')).toBe(ca)
  })

  it('of an earlier version, with its certificate in the file for clients, is used on', async () => {
    const old = await createAuthority([])
    await leaveBehind(directory, old.pem, old.privateKey)
    const listening = await start()
    expect(new X509Certificate(listening.ca ?? '').serialNumber).toBe(
      new X509Certificate(old.pem).serialNumber,
    )
    expect(await ask(listening, old.pem, 'localhost')).toBe(200)
  })

  it('is made anew when its certificate and its key are not of each other', async () => {
    const [one, other] = [await createAuthority([]), await createAuthority([])]
    await leaveBehind(directory, one.pem, other.privateKey)
    const listening = await start()
    expect([one.pem, other.pem]).not.toContain(listening.ca)
    expect(await ask(listening, await inside('ca.pem'), 'localhost')).toBe(200)
  })

  it('is followed by another for a custom domain that it was not made for; clients trust both', async () => {
    const first = await start()
    const second = await start(await withHost('login.contoso.com'))
    expect(second.ca).not.toBe(first.ca)
    expect((await start()).ca).toBe(second.ca)
    const clients = await inside('ca.pem')
    for (const listening of [first, second]) expect(await ask(listening, clients, 'localhost')).toBe(200)
    expect(await ask(second, clients, 'login.contoso.com')).toBeTypeOf('number')
  })
})
