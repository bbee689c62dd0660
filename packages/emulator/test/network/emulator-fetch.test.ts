import { emulatorFetch, type EmulatorFetchOptions } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

interface Sent {
  readonly url: string
  readonly authorization: string | null
  readonly host: string | null
  readonly cache: string | undefined
}

/** An `emulatorFetch` that reaches nobody, and what it would have sent. */
function watched(options: EmulatorFetchOptions = {}): { fetch: typeof globalThis.fetch; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch = emulatorFetch('http://127.0.0.1:8484', {
    ...options,
    fetch: (input, init) => {
      const { url, headers } = new Request(input, init)
      const [authorization, host] = [headers.get('authorization'), headers.get('x-entraguard-host')]
      sent.push({ url, authorization, host, cache: init?.cache })
      return Promise.resolve(new Response())
    },
  })
  return { fetch, sent }
}

it('passes on how the caller wants caches to be used', async () => {
  const { fetch, sent } = watched()
  await fetch('https://login.microsoftonline.com/', { cache: 'no-store' })
  await fetch('https://login.microsoftonline.com/')
  expect(sent.map(({ cache }) => cache)).toEqual(['no-store', undefined])
})

describe('a request stays on this machine', () => {
  it.each([
    ['//evil.example/collect', '//evil.example/collect'],
    ['//evil.example/collect?a=//evil.example', '//evil.example/collect?a=//evil.example'],
    ['///evil.example/', '///evil.example/'],
    [String.raw`\\evil.example\collect`, '//evil.example/collect'],
    [String.raw`/\evil.example/`, '//evil.example/'],
    ['//user@evil.example/', '//user@evil.example/'],
    ['//user:password@evil.example:8484/', '//user:password@evil.example:8484/'],
    ['/..//evil.example/', '//evil.example/'],
    ['/http://evil.example/', '/http://evil.example/'],
    ['/@evil.example/', '/@evil.example/'],
    ['/?//evil.example/', '/?//evil.example/'],
  ])('whatever its path begins with: %s', async (path, arrives) => {
    const { fetch, sent } = watched()
    await fetch(`https://login.microsoftonline.com${path}`, { headers: { authorization: 'Bearer secret' } })
    expect(sent).toMatchObject([
      {
        url: `http://127.0.0.1:8484${arrives}`,
        authorization: 'Bearer secret',
        host: 'login.microsoftonline.com',
      },
    ])
  })

  it.each([
    'https://login.microsoftonline.com:8443/common',
    'https://login.microsoftonline.com@evil.example/',
    'https://user@login.microsoftonline.com/common',
    'http://login.microsoftonline.com/common',
    '//evil.example/',
  ])('or is not sent at all: %s', async (address) => {
    const { fetch, sent } = watched()
    await expect(fetch(address)).rejects.toThrow(TypeError)
    expect(sent).toEqual([])
  })
})

it('sends requests for further hosts to the emulator, in whatever case they were written', async () => {
  const { fetch, sent } = watched({ hosts: ['Login.Contoso.com'] })
  await fetch('https://LOGIN.contoso.com/common')
  await expect(fetch('https://contoso.com/')).rejects.toThrow(TypeError)
  expect(sent.map(({ host }) => host)).toEqual(['login.contoso.com'])
})

describe('the address of the emulator', () => {
  it.each([
    'http://127.0.0.1:8484/base',
    'http://127.0.0.1:8484//',
    'http://127.0.0.1:8484?x',
    'http://127.0.0.1:8484/?',
    'http://127.0.0.1:8484#f',
    'http://127.0.0.1:8484/#',
    'http://user@127.0.0.1:8484',
    'http://user:password@127.0.0.1:8484',
  ])('is refused if anything of it would be dropped, and no password is repeated: %s', (address) => {
    const refusal =
      'emulatorFetch takes an address without user, password, path, query and fragment: http://127.0.0.1:8484'
    expect(() => emulatorFetch(address)).toThrow(new TypeError(refusal))
    expect(() => emulatorFetch(new URL(address))).toThrow(new TypeError(refusal))
  })

  it.each(['http://127.0.0.1:8484', 'http://127.0.0.1:8484/', 'HTTP://LOCALHOST:8484', 'https://[::1]:1'])(
    'may be written in any of its forms: %s',
    (address) => {
      expect(emulatorFetch(address)).toBeTypeOf('function')
    },
  )
})
