import { describe, expect, it } from 'vitest'

import { Routing, type VerifierPart } from '../src/routing.ts'
import { TokenCache, type AcceptedToken } from '../src/token-cache.ts'

const tenant = 'f645ad92-e38d-4d1a-b510-d1b09a74a8ca'

interface Part {
  readonly part: VerifierPart
  readonly asked: () => number
  readonly accept: (token: string) => void
}

/** A part with a memory of its own, which counts how often it was looked into. */
function partOf(...issuers: readonly string[]): Part {
  const cache = new TokenCache(100_000)
  let asked = 0
  const find = (token: unknown): AcceptedToken | undefined => {
    asked++
    return cache.find(String(token))
  }
  return {
    part: { flow: { find }, rule: { issuers }, maxTokenLength: 16_384 } as unknown as VerifierPart,
    asked: () => asked,
    accept: (token) => void cache.acceptOnce(token, () => ({ token }) as AcceptedToken),
  }
}

describe('the part that accepts an issuer', () => {
  it.each<[string, string, boolean]>([
    ['https://login.example.com/a/v2.0', 'https://login.example.com/a/v2.0', true],
    ['https://login.example.com/a/v2.0', 'https://login.example.com/b/v2.0', false],
    ['https://login.example.com/a/v2.0', 'https://login.example.com/a/v2.0/', false],
    ['https://login.example.com/{tenantid}/v2.0', `https://login.example.com/${tenant}/v2.0`, true],
    ['https://login.example.com/{tenantid}/v2.0', `https://login.example.org/${tenant}/v2.0`, false],
    ['https://login.example.com/{tenantid}/v2.0', `https://login.example.com/${tenant}/v1.0`, false],
    ['https://login.example.com/{tenantid}/v2.0', `https://login.example.com/${tenant}/v2.0/`, false],
    ['https://login.example.com/{tenantid}/v2.0', 'https://login.example.com/contoso/v2.0', false],
    ['https://login.example.com/{tenantid}/v2.0', 'https://login.example.com/{tenantid}/v2.0', false],
    ['https://login.example.com/{tenantid}/v2.0', 'https://login.example.com//v2.0', false],
    ['https://login.example.com/{tenantid}/v2.0', 'https://login.example.com/v2.0', false],
    ['https://{tenantid}.example.com/v2.0', `https://${tenant}.example.com/v2.0`, true],
    ['https://login.example.com/*', 'https://login.example.com/a/v2.0', true],
    ['https://login.example.com/*', 'https://login.example.com.evil.test/', false],
    ['https://login.example.com/*', 'https://login.example.com', false],
    ['https://login.example.com/*', 'https://login.example.org/a/', false],
    ['*https://login.example.com/', 'https://login.example.com/', false],
  ])('%s accepts %s: %s', (pattern, issuer, accepts) => {
    const { part } = partOf('https://other.example.com/', pattern)
    expect(new Routing([part]).partOf(issuer)).toBe(accepts ? part : undefined)
  })
})

describe('a token that was seen', () => {
  it('is looked for in the part that has it, and in no other', () => {
    const [first, second] = [partOf('a'), partOf('b')]
    const routing = new Routing([first.part, second.part])
    second.accept('x.y.signature')
    for (let time = 0; time < 3; time++)
      expect(routing.findSeen('x.y.signature')).toEqual({
        part: second.part,
        found: { token: 'x.y.signature' },
      })
    expect([first.asked(), second.asked()]).toEqual([1, 3])
  })

  it('is found where it is, also while another one with its mark was seen elsewhere', () => {
    const [first, second] = [partOf('a'), partOf('b')]
    const routing = new Routing([first.part, second.part])
    first.accept('one.signature')
    second.accept('two.signature')
    for (let time = 0; time < 2; time++) {
      expect(routing.findSeen('one.signature')?.part).toBe(first.part)
      expect(routing.findSeen('two.signature')?.part).toBe(second.part)
    }
    expect(routing.findSeen('three.signature')).toBeUndefined()
  })

  it('is one of ten thousand whose part is known: more are not kept', () => {
    const [first, second] = [partOf('a'), partOf('b')]
    const routing = new Routing([first.part, second.part])
    const ask = (count: number): void => {
      second.accept(`token ${String(count).padStart(8, '0')}`)
      routing.findSeen(`token ${String(count).padStart(8, '0')}`)
    }
    for (let count = 0; count < 10_000; count++) ask(count)
    ask(0)
    expect(first.asked()).toBe(10_000)
    ask(10_000)
    ask(0)
    expect(first.asked()).toBe(10_002)
  })

  it('is nothing that is no text', () => {
    const { part, asked } = partOf('a')
    for (const token of [undefined, null, 7, {}]) expect(new Routing([part]).find(token)).toBeUndefined()
    expect(asked()).toBe(0)
  })
})
