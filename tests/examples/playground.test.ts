import { expect, test, vi } from 'vitest'

import { startPlayground } from './playground.ts'

test('the playground begins with the APIs that were named, and its address is said', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const { url, close } = await startPlayground(0)
  const said = String(log.mock.calls[0])
  log.mockRestore()
  expect(said).toBe(`Open ${url}/#/playground`)
  const response = await fetch(`${url}/__emulator/apis`)
  expect(await response.json()).toEqual([
    { name: 'Orders', url: 'http://localhost:3000/orders', keysUrl: 'http://localhost:3000/keys' },
  ])
  await close()
})
