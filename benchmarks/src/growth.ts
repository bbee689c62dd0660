import { randomBytes } from 'node:crypto'

import { b2c, combineVerifiers, createVerifier, type Verifier } from '@entraguard/core'

import type { Contestant } from './contestants.ts'
import { measure } from './measure.ts'
import { format, ratio, type Section } from './report.ts'
import { createWorkload, type Workload } from './workload.ts'

/** What a seen and a new token cost as the key set, the groups, the authorities and the tenants grow. */
export async function growthSection(workload: Workload, quick: boolean): Promise<Section> {
  const { tenantId, audience, fetch } = workload
  const plain = { tenants: tenantId, audience, fetch }
  const many = await createWorkload(quick ? 50 : 500, 200)
  const cases: ReadonlyArray<readonly [string, Verifier, Workload, Verifier]> = [
    [
      '1 key → 1,000 keys',
      createVerifier(plain),
      workload,
      createVerifier({ ...plain, fetch: manyKeys(workload, 1000) }),
    ],
    [
      '1 → 200 groups',
      createVerifier(plain),
      many,
      createVerifier({ tenants: many.tenantId, audience: many.audience, fetch: many.fetch }),
    ],
    ['1 → 50 authorities', createVerifier(plain), workload, manyAuthorities(plain, 49)],
    [
      '2 → 10,000 tenants',
      createVerifier({ ...plain, tenants: [tenantId, crypto.randomUUID()] }),
      workload,
      createVerifier({
        ...plain,
        tenants: [tenantId, ...Array.from({ length: 9999 }, () => crypto.randomUUID())],
      }),
    ],
  ]
  const rows: Array<readonly string[]> = []
  for (const [name, small, tokens, large] of cases) {
    const seen = await compare(small, workload.tokens.slice(0, 64), large, tokens.tokens.slice(0, 64), quick)
    const fresh = await compare(
      small.with({ tokenCache: false }),
      workload.tokens,
      withoutCache(large),
      tokens.tokens,
      quick,
    )
    rows.push([
      name,
      format(seen.small),
      format(seen.large),
      ratio(seen.large, seen.small),
      format(fresh.small),
      format(fresh.large),
      ratio(fresh.large, fresh.small),
    ])
  }
  many.close()
  return {
    title: 'How cost grows',
    text: 'Microseconds a token, one at a time, default engine. A token with 200 groups is 8 kB long instead of 1.5 kB: a new one costs more to hash and to parse.',
    head: ['case', 'seen, small', 'seen, large', 'ratio', 'new, small', 'new, large', 'ratio'],
    rows,
  }
}

function withoutCache(verifier: Verifier): Verifier {
  try {
    return verifier.with({ tokenCache: false })
  } catch {
    // A combined verifier has no policy of its own to change.
    return verifier
  }
}

async function compare(
  small: Verifier,
  smallTokens: readonly string[],
  large: Verifier,
  largeTokens: readonly string[],
  quick: boolean,
): Promise<{ small: number; large: number }> {
  const contestants: readonly Contestant[] = [
    { name: 'small', tokens: smallTokens, check: async (token) => await small.verify(token) },
    { name: 'large', tokens: largeTokens, check: async (token) => await large.verify(token) },
  ]
  const samples = await measure(contestants, smallTokens, {
    concurrency: 1,
    batch: quick ? 200 : 1000,
    rounds: quick ? 5 : 21,
  })
  const of = (name: string): number => samples.find((sample) => sample.name === name)?.wall ?? Number.NaN
  return { small: of('small'), large: of('large') }
}

function manyKeys({ fetch, jwks }: Workload, count: number): Workload['fetch'] {
  const others = Array.from({ length: count - jwks.keys.length }, (_, index) => {
    const modulus = randomBytes(256)
    modulus[0] = 0xc5
    modulus[255] = 0x2f
    return { kty: 'RSA', use: 'sig', kid: `other${index}`, n: modulus.toString('base64url'), e: 'AQAB' }
  })
  return async (url, init) =>
    url.includes('/keys') ? Response.json({ keys: [...others, ...jwks.keys] }) : await fetch(url, init)
}

function manyAuthorities(
  options: { tenants: string; audience: string; fetch: Workload['fetch'] },
  count: number,
): Verifier {
  const parts = Array.from({ length: count }, (_, index) =>
    createVerifier({
      authority: b2c({
        domain: `contoso${index}.b2clogin.com`,
        tenantId: crypto.randomUUID(),
        policies: ['B2C_1_signin'],
      }),
      audience: options.audience,
    }),
  )
  const [first, ...rest] = parts
  return first === undefined
    ? createVerifier(options)
    : combineVerifiers(first, ...rest, createVerifier(options))
}
