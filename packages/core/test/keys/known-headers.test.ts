import { expect, it } from 'vitest'

import { KnownHeaders } from '../../src/keys/known-headers.ts'
import type { VerifiedToken } from '../../src/keys/signature.ts'

/** What the memory reads of a token that was verified. */
function signed(name: string): VerifiedToken {
  const header = { kid: name }
  const signedBytes = new TextEncoder().encode(`${name}.payload`)
  return { encodedHeader: name, header, signedBytes } as unknown as VerifiedToken
}

it('64 headers are remembered, and the one after them begins anew', () => {
  const known = new KnownHeaders()
  const names = Array.from({ length: 64 }, (_, index) => `header-${index}`)
  expect(known.get('')).toBeUndefined()
  for (const name of names) known.remember(signed(name))
  for (const name of names) expect(known.get(name)).toEqual({ kid: name })
  expect(known.get('unknown')).toBeUndefined()
  known.remember(signed('last'))
  expect(known.get('last')).toEqual({ kid: 'last' })
  for (const name of names) expect(known.get(name)).toBeUndefined()
  known.remember(signed('header-1'))
  expect(known.get('last')).toEqual({ kid: 'last' })
})

it('a header that was known when its token was read is not remembered again', () => {
  const known = new KnownHeaders()
  known.remember(signed('first'))
  known.remember({ ...signed('second'), encodedHeader: undefined })
  expect(known.get('first')).toEqual({ kid: 'first' })
  expect(known.get('second')).toBeUndefined()
})
