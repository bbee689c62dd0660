import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { Issuer, makeKey, otherTenant, refusalOf } from '../support/rotating-issuer.ts'

interface Flood {
  readonly codes: Readonly<Record<string, number>>
  readonly seenKnown: number
  readonly addedAfter: number
  readonly keyRequests: number
  readonly shortestGap: number
  readonly heapAt10000: number
  readonly heapAt100000: number
}

const megabyte = 1_048_576

describe('100,000 tokens with distinct forged key ids in 5 minutes', () => {
  it('cost one keys request per minRefreshInterval, no memory, and hold up a genuine new key for one interval at most', async () => {
    const script = new URL('../support/flood.ts', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
    const flood = JSON.parse(stdout) as Flood
    const gained = (flood.heapAt100000 - flood.heapAt10000) / megabyte
    process.stdout.write(
      `flood: ${flood.keyRequests} keys requests, at least ${flood.shortestGap} s apart; new key accepted after ` +
        `${flood.addedAfter} s; heap ${(flood.heapAt10000 / megabyte).toFixed(2)} MB at token 10,000, ` +
        `${(flood.heapAt100000 / megabyte).toFixed(2)} MB at 100,000, gained ${gained.toFixed(2)} MB\n`,
    )
    expect(flood.codes).toEqual({ signing_key_not_found: 100_000 })
    expect(flood.seenKnown).toBe(1000)
    expect(flood.shortestGap).toBeGreaterThanOrEqual(30)
    expect(flood.keyRequests).toBeLessThanOrEqual(10)
    // It is tried every 0.3 s.
    expect(flood.addedAfter).toBeLessThanOrEqual(30.3)
    expect(gained).toBeLessThanOrEqual(5)
  })
})

describe('10,000 tokens with tenants of an attacker’s choice', () => {
  it('fetch no document for any of them, and no document but the configured one', async () => {
    const [known, attackers] = [makeKey('known'), makeKey('known')]
    const entra = new Issuer(known)
    const verifier = entra.verifier({ tenants: 'organizations' })
    await verifier.prefetch()
    const template = entra.token(attackers)
    const [header = '', , signature = ''] = template.split('.')
    const codes = new Set<string>()
    for (let index = 0; index < 10_000; index++) {
      const tid = `${otherTenant.slice(0, -5)}${String(index).padStart(5, '0')}`
      const claims = { tid, iss: `https://login.microsoftonline.com/${tid}/v2.0`, aud: 'x', exp: 1, sub: 's' }
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
      codes.add((await refusalOf(verifier.verify(`${header}.${payload}.${signature}`))).code)
    }
    expect([...codes]).toEqual(['signature_invalid'])
    expect(entra.requests).toHaveLength(2)
    expect(verifier.keys()).toHaveLength(1)
  })
})
