import { createVerifier, readBearerToken, type Verifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { Access } from '@entraguard/nestjs'
import { Controller, Get } from '@nestjs/common'
import { describe, expect, it } from 'vitest'

import { platforms, start, statusOf } from './app.ts'

@Controller('orders')
@Access({ scopes: ['Orders.Read'] })
class Orders {
  @Get()
  list(): string {
    return 'list'
  }

  @Get('all')
  @Access({ scopes: ['Orders.ReadAll'] })
  listAll(): string {
    return 'all'
  }
}

/** What people write to count or to log, and what gets lost in it. */
const wrappers: Readonly<Record<string, (real: Verifier) => Partial<Verifier>>> = {
  nothing: () => ({}),
  'the access': (real) => ({
    authenticate: (header: unknown) => real.authenticate(header as string) as never,
  }),
  'everything but the signature': (real) => ({
    authenticate: (header: unknown) => real.verify(readBearerToken(header as string)) as never,
  }),
  'the refusal of a second access': () => ({ authorize: ((identity: unknown) => identity) as never }),
  'all refusals of an access': (real) => ({
    authenticate: (header: unknown) => real.authenticate(header as string) as never,
    authorize: (() => undefined) as never,
  }),
}

describe.each(platforms)('on %s', (platform) => {
  it.each(Object.entries(wrappers))(
    'a wrapper that loses %s lets nobody in whom one of two accesses refuses',
    async (_lost, wrap) => {
      const entra = await createEmulator()
      const real = createVerifier(entra.verifierOptions())
      const { get } = await start(
        { controllers: [Orders] },
        { platform, verifier: { ...real, ...wrap(real) } },
      )
      const statuses = async (...scopes: string[]): Promise<number[]> => {
        const token = await entra.issueUserToken({ scopes })
        return Promise.all([get('/orders', token), get('/orders/all', token)].map(statusOf))
      }
      expect(await statuses('Orders.Read', 'Orders.ReadAll')).toEqual([200, 200])
      expect(await statuses('Orders.Read')).toEqual([200, 403])
      expect(await statuses('Orders.ReadAll')).toEqual([403, 403])
    },
  )
})
