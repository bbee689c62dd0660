import { expect, test, vi } from 'vitest'

import { lookInto } from './inspector.ts'

test('it says where the token can be looked into, and says nothing of it', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const close = await lookInto()
  const said = String(log.mock.calls[0])
  log.mockRestore()
  expect(said).toMatch(/^Open http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{20,}$/)
  await close()
})
