import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { defaults } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { hosts } from './namespace/settings.ts'

const execute = promisify(execFile)

/** A private network with nothing but loopback, and a private view of the file system. */
const unshare = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-euc']

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return `namespaces are Linux's, this is ${process.platform}`
  const script = 'ip link set lo up; mount --bind /etc/hosts /etc/hosts'
  const { error, status, stderr } = spawnSync('unshare', [...unshare, script], { encoding: 'utf8' })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

const reason = whyNot()
if (reason !== undefined) process.stdout.write(`\nThe namespace test is skipped: ${reason}\n`)

describe.skipIf(reason !== undefined)('where Microsoft’s host names resolve to the emulator', () => {
  it('clients and verifiers work with nothing at all configured', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
    const table = path.join(directory, 'hosts')
    await writeFile(table, `127.0.0.1 localhost ${hosts.join(' ')}\n`)
    const authority = path.join(import.meta.dirname, 'namespace', 'authority.ts')
    const node = [process.execPath, '--conditions=@entraguard/source', authority, directory]
    try {
      const { stdout } = await execute(
        'unshare',
        [
          ...unshare,
          'ip link set lo up; mount --bind "$1" /etc/hosts; shift; exec "$@"',
          'sh',
          table,
          ...node,
        ],
        { timeout: 240_000, env: { PATH: process.env['PATH'] ?? '' } },
      )
      expect(JSON.parse(stdout)).toStrictEqual({
        msal: defaults.daemonClientId,
        identity: defaults.daemonClientId,
        user: 'user',
        organizations: 'user',
        b2c: 'b2c',
        externalId: 'externalId',
        graph: 'Ada Lovelace',
        b2cSignIn: ['Orders.Read'],
        externalIdSignIn: ['Orders.Read'],
      })
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
