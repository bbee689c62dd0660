import { X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator } from '../../src/index.ts'
import { listen, type Listening, type ListenOptions } from '../../src/node.ts'
import { certificateAuthority, serverCertificate } from '../../src/node/certificate-authority.ts'

const DAY = 86_400_000

let directory: string
const open: Listening[] = []

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()))
  await rm(directory, { recursive: true })
})

async function start(options: ListenOptions): Promise<Listening> {
  const listening = await listen(await createEmulator(), options)
  open.push(listening)
  return listening
}

/** Status over TLS with the certificate checked for `servername`, or the code of the error. */
function ask(
  { port }: Pick<Listening, 'port'>,
  ca: string | undefined,
  servername: string,
): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    request(
      {
        host: '127.0.0.1',
        port,
        path: '/common/discovery/keys',
        servername,
        headers: { host: servername },
        ...(ca === undefined ? {} : { ca }),
      },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
      .on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'UNSPECIFIED' ? error.message : error.code),
      )
      .end()
  })
}

describe('HTTPS', () => {
  it('is trusted by a client that knows its authority, for loopback and Microsoft’s names, and by no other', async () => {
    const listening = await start({ https: true })
    expect(listening.url).toBe(`https://localhost:${listening.port}`)
    expect(listening.caFile).toBeUndefined()
    for (const name of [
      'localhost',
      'login.microsoftonline.com',
      'login.microsoftonline.us',
      'contosob2c.b2clogin.com',
    ]) {
      expect([name, await ask(listening, listening.ca, name)]).toStrictEqual([name, expect.any(Number)])
    }
    expect(await ask(listening, undefined, 'localhost')).toBe('SELF_SIGNED_CERT_IN_CHAIN')
    expect(await ask(listening, listening.ca, 'example.com')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('has another authority in every process and every start', async () => {
    const [one, two] = [await start({ https: true }), await start({ https: true })]
    expect(one.ca).not.toBe(two.ca)
    expect(await ask(one, two.ca, 'localhost')).toBeTypeOf('string')
  })
})

describe('the certificate authority', () => {
  it('lives 30 days, signs no further authority, and vouches only for the names that it needs', async () => {
    const { pem } = await certificateAuthority([])
    const certificate = new X509Certificate(pem)
    expect(certificate.ca).toBe(true)
    const lifetime = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)
    expect(lifetime).toBe(30 * DAY)
    const hex = certificate.raw.toString('hex')
    // basicConstraints critical, CA with pathlen 0; nameConstraints critical.
    expect(hex).toContain('0603551d130101ff040830060101ff020100')
    expect(hex).toContain('0603551d1e0101ff')
    expect(certificate.raw.toString('latin1')).not.toContain('example')
  })

  it('cannot vouch for another web site, even with its key', async () => {
    const authority = await certificateAuthority([])
    const server = createServer(await serverCertificate(authority, ['example.com']), (_, answer) =>
      answer.end(),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    expect(await ask({ port }, authority.pem, 'example.com')).toBe('permitted subtree violation')
    server.close()
  })

  it('is kept in a directory, its key in a file of mode 0600, and used again', async () => {
    const first = await start({ https: { directory } })
    expect(first.caFile).toBe(path.join(directory, 'ca.pem'))
    expect(await readFile(first.caFile ?? '', 'utf8')).toBe(first.ca)
    expect(first.ca).not.toContain('PRIVATE KEY')
    const { mode } = await stat(path.join(directory, 'ca-key.pem'))
    expect(mode & 0o777).toBe(0o600)
    const second = await start({ https: { directory } })
    expect(second.ca).toBe(first.ca)
    expect(await ask(second, first.ca, 'localhost')).toBe(200)
  })

  it('is refused when others can read its key', async () => {
    await start({ https: { directory } })
    await chmod(path.join(directory, 'ca-key.pem'), 0o640)
    await expect(start({ https: { directory } })).rejects.toThrow(/can be read by others/)
  })

  it('is made again when its last day comes, or when half of it is missing', async () => {
    const first = await start({ https: { directory } })
    await rm(path.join(directory, 'ca.pem'))
    const second = await start({ https: { directory } })
    expect(second.ca).not.toBe(first.ca)
    // An authority from another time: valid, but over in an hour.
    const old = await certificateAuthority(
      [],
      path.join(directory, 'old'),
      Date.now() - 30 * DAY + 2 * 3_600_000,
    )
    await writeFile(path.join(directory, 'ca.pem'), old.pem)
    await writeFile(
      path.join(directory, 'ca-key.pem'),
      await readFile(path.join(directory, 'old', 'ca-key.pem')),
    )
    const third = await start({ https: { directory } })
    expect(third.ca).not.toBe(old.pem)
  })
})

describe('a certificate authority that is kept', () => {
  it('is made again for a custom domain that it was not made for, or nothing would be trusted', async () => {
    const first = await start({ https: { directory } })
    const entra = await createEmulator({
      tenants: [
        { id: '11111111-1111-4111-8111-111111111111', name: 'contoso' },
        {
          id: '66666666-6666-4666-8666-666666666666',
          name: 'ciam',
          kind: 'externalId',
          host: 'login.contoso.com',
        },
      ],
    })
    const second = await listen(entra, { https: { directory } })
    open.push(second)
    expect(second.ca).not.toBe(first.ca)
    expect(await ask(second, second.ca, 'localhost')).toBe(200)
    expect((await start({ https: { directory } })).ca).toBe(second.ca)
  })

  it.each(['ca.pem', 'ca-key.pem'])('says which files to remove when %s is damaged', async (file) => {
    await start({ https: { directory } })
    await writeFile(path.join(directory, file), 'damaged')
    await expect(start({ https: { directory } })).rejects.toThrow(/ca-key\.pem cannot be read: remove both/)
  })
})

describe('a port that is taken', () => {
  it('is said in one sentence', async () => {
    const { port } = await start({})
    await expect(start({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `Port ${port} is taken: stop the other program, or choose another port`,
    })
  })
})
