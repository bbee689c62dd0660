import { emulatorFetch } from '@entraguard/emulator'
import { expect, it } from 'vitest'

it('passes on how the caller wants caches to be used', async () => {
  const seen: (string | undefined)[] = []
  const fetch = emulatorFetch('http://127.0.0.1:1', {
    fetch: (_input, init) => {
      seen.push(init?.cache)
      return Promise.resolve(new Response())
    },
  })
  await fetch('https://login.microsoftonline.com/', { cache: 'no-store' })
  await fetch('https://login.microsoftonline.com/')
  expect(seen).toEqual(['no-store', undefined])
})
