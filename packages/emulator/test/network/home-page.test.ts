import { describe, expect, it } from 'vitest'

import { createEmulator } from '../../src/index.ts'
import { listen } from '../../src/node.ts'

describe('the page at /', () => {
  it('lists tenants, apps and users, and leads to the metadata', async () => {
    const entra = await createEmulator()
    const listening = await listen(entra)
    const html = await (await fetch(listening.url)).text()
    for (const { id } of entra.directory.tenants) expect(html).toContain(id)
    for (const { clientId } of entra.directory.apps) expect(html).toContain(clientId)
    const [address] = /http:\/\/127[^ <]*openid-configuration/.exec(html) ?? []
    expect((await fetch(String(address))).status).toBe(200)
    await listening.close()
  })

  it('mints a token that carries what was asked for', async () => {
    const listening = await listen(await createEmulator())
    const html = await (await fetch(`${listening.url}/?kind=user&version=1.0&scopes=Orders.Write`)).text()
    const [, payload = ''] = /eyJ[\w-]+\.([\w-]+)\./.exec(html) ?? []
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(claims).toMatchObject({ ver: '1.0', scp: 'Orders.Write' })
    await listening.close()
  })

  it('shows what it was sent as text', async () => {
    const listening = await listen(await createEmulator())
    const html = await (
      await fetch(
        `${listening.url}/?kind=user&scopes=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`,
      )
    ).text()
    expect(html).not.toContain('<img')
    await listening.close()
  })
})
