import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createAuthority } from '../../src/node/certificate-authority.ts'
import { leaveBehind } from './old-pair.ts'
import { startTogether, type Started } from './processes.ts'
import { ask } from './tls-client.ts'

let directory: string
const open: Started[] = []

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()))
  await rm(directory, { recursive: true })
})

const inside = async (file: string): Promise<string> => readFile(path.join(directory, file), 'utf8')

describe('eight processes that start at once on a fresh directory', () => {
  it('end with one authority that matches its key, and all are trusted', async () => {
    const started = await startTogether(8, { directory })
    open.push(...started)
    const clients = await inside('ca.pem')
    expect(new Set(started.map(({ ca }) => ca))).toEqual(new Set([clients]))
    expect(await inside('ca-key.pem')).toContain(clients)
    const statuses = started.map(({ port }) => ask({ port }, clients, 'localhost'))
    expect(await Promise.all(statuses)).toEqual(Array.from({ length: 8 }, () => 200))
  })

  it('do so too where an old pair lies there that does not fit', async () => {
    const [one, other] = [await createAuthority([]), await createAuthority([])]
    await leaveBehind(directory, one.pem, other.privateKey)
    const started = await startTogether(8, { directory })
    open.push(...started)
    const clients = await inside('ca.pem')
    expect(new Set(started.map(({ ca }) => ca))).toEqual(new Set([clients]))
    const statuses = started.map(({ port }) => ask({ port }, clients, 'localhost'))
    expect(await Promise.all(statuses)).toEqual(Array.from({ length: 8 }, () => 200))
  })

  it('and need different names: whoever trusts the file for clients trusts them all', async () => {
    const started: readonly Started[] = await startTogether(4, { directory, ownHosts: true })
    open.push(...started)
    const clients = await inside('ca.pem')
    const statuses = started.map(({ port, host }) => ask({ port }, clients, host))
    expect((await Promise.all(statuses)).every((status) => typeof status === 'number')).toBe(true)
  })
})
