import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { VerifierOptions } from '../../src/index.ts'
import {
  codeOf,
  Issuer,
  loginHost,
  makeKey,
  settle,
  tenant,
  type IssuerKey,
} from '../support/rotating-issuer.ts'

interface Timeline {
  readonly keys: ReadonlyArray<{ kid: string; issuer: string; cloud_instance_name?: string }>
  /** Places in `keys`. */
  readonly documents: ReadonlyArray<readonly number[]>
  /** When it was observed, and the place in `documents`. */
  readonly moments: ReadonlyArray<readonly [string, number]>
}

const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'
const day = 86_400_000

function readTimeline(name: string): Timeline {
  const url = new URL(`../fixtures/entra-${name}-key-timeline.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as Timeline
}

// The private keys of the real ones are not known: each kid gets a key of ours.
const ours = new Map<string, IssuerKey>()

function keyOf({ kid, ...members }: Timeline['keys'][number]): IssuerKey {
  const key = ours.get(kid) ?? makeKey(kid)
  ours.set(kid, key)
  return { ...key, jwk: { ...key.jwk, ...members } }
}

const settings: ReadonlyArray<readonly [string, Partial<VerifierOptions>]> = [
  ['common', { tenants: () => true, personalAccounts: true }],
  ['organizations', { tenants: 'organizations' }],
]

describe.each(settings)('the %s key document of 2024, replayed', (name, options) => {
  it('never refuses a token of a key that it lists, and refuses a key that was absent longer than retainFor', async () => {
    const timeline = readTimeline(name)
    const documents = timeline.documents.map((document) =>
      document.flatMap((index) => timeline.keys[index] ?? []),
    )
    const governmentKids = new Set(
      timeline.keys.filter((key) => key.cloud_instance_name === 'microsoftonline.us').map(({ kid }) => kid),
    )
    const entra = new Issuer()
    const at = (index: number): number => Date.parse(timeline.moments[index]?.[0] ?? '')
    entra.time = at(0)
    const tokens = new Map<string, string>()
    for (const key of timeline.keys) {
      const isPersonal = key.issuer.includes(personalTenant)
      const tid = isPersonal ? personalTenant : tenant
      const claims = { tid, iss: `${loginHost}/${tid}/v2.0`, ...(isPersonal && { acct: undefined }) }
      if (!tokens.has(key.kid))
        tokens.set(key.kid, entra.token(keyOf(key), { claims, expiresIn: (200 * day) / 1000 }))
    }
    const verifier = entra.verifier({ ...options, tokenCache: false })
    const listedAt = new Map<string, number>()
    let cameBack = 0
    let accepted = 0
    let retained = 0
    const refusals: string[] = []
    for (const [index, [observed, place]] of timeline.moments.entries()) {
      entra.time = Date.parse(observed)
      const listed = documents[place] ?? []
      entra.keys = listed.map(keyOf)
      for (const [kid, token] of tokens) {
        const isListed = listed.some((key) => key.kid === kid)
        const seenAt = listedAt.get(kid)
        if (isListed) {
          // The public document lists keys of another cloud; they are refused once it has said so.
          if (governmentKids.has(kid)) continue
          await verifier.verify(token)
          accepted++
          if (index > 0 && seenAt !== undefined && seenAt < at(index - 1)) cameBack++
        } else if (seenAt !== undefined && entra.time - seenAt >= day) {
          refusals.push(await codeOf(verifier.verify(token)))
        } else if (verifier.keys().some((key) => key.kid === kid && entra.time - key.lastSeen < day)) {
          if (governmentKids.has(kid)) continue
          await verifier.verify(token)
          retained++
        }
      }
      for (const { kid } of listed) listedAt.set(kid, entra.time)
      await settle()
    }
    process.stdout.write(
      `${name}: ${timeline.moments.length} moments, ${listedAt.size} keys; ${accepted} tokens of listed keys accepted, ` +
        `${retained} of keys that were away, ${cameBack} times a key had come back; ${refusals.length} refused after retainFor; ` +
        `${entra.keyRequests} keys requests\n`,
    )
    expect(accepted).toBeGreaterThan(300)
    expect(retained).toBeGreaterThan(0)
    expect(new Set(refusals)).toEqual(new Set(['signing_key_not_found']))
  })
})

describe('a key of another cloud in the public document', () => {
  it('is refused once the document has named its cloud, also while the document does not', async () => {
    const key = makeKey('government')
    const named = { ...key, jwk: { ...key.jwk, cloud_instance_name: 'microsoftonline.us' } }
    const entra = new Issuer(named)
    const verifier = entra.verifier()
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('signing_key_refused')
    entra.keys = [key]
    entra.advance(2 * 3600)
    await verifier.prefetch()
    await settle()
    expect(entra.keyRequests).toBe(2)
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('signing_key_refused')
  })
})
