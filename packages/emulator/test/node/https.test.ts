import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'

import { afterEach, describe, expect, it } from 'vitest'

import { createEmulator } from '../../src/index.ts'
import { listen, type Listening, type ListenOptions } from '../../src/node.ts'
import { createAuthority, serverCertificate } from '../../src/node/certificate-authority.ts'
import { ask } from './tls-client.ts'

const DAY = 86_400_000

const open: Listening[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()))
})

async function start(options: ListenOptions): Promise<Listening> {
  const listening = await listen(await createEmulator(), options)
  open.push(listening)
  return listening
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
    const { pem } = await createAuthority([])
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
    const authority = await createAuthority([])
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
})

describe('a port that is taken', () => {
  it('is said in one sentence', async () => {
    const { port } = await start({})
    await expect(start({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `Port ${port} is in use: stop the other program, or choose another port`,
    })
  })
})
