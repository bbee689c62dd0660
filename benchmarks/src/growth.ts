import { randomBytes } from 'node:crypto'

import { b2c, combineVerifiers, createVerifier, type Verifier, type VerifierOptions } from '@entraguard/core'

import type { Contestant } from './portable.ts'
import { measure, prove } from './measure.ts'
import { atMost, format, ratio, type Section, type Target } from './report.ts'
import { createWorkload, type Workload } from './workload.ts'

interface Case {
  readonly name: string
  readonly small: VerifierOptions
  /** Makes the verifier of the large case with these options. */
  readonly large: (changes: Partial<VerifierOptions>) => Verifier
  /** The tokens of the large case, where they are others. */
  readonly largeTokens?: readonly string[]
}

/** What a seen and a new token cost as the key set, the groups, the authorities and the tenants grow. */
export async function growthSection(workload: Workload, quick: boolean): Promise<Section> {
  const { tokens, tenantId, audience, fetch } = workload
  const plain = { tenants: tenantId, audience, fetch }
  const many = await createWorkload(quick ? 50 : 500, 200)
  const tenants = [tenantId, ...Array.from({ length: 9999 }, () => crypto.randomUUID())]
  const cases: readonly Case[] = [
    {
      name: '1 → 1,000 keys',
      small: { ...plain, fetch: onlyKey(workload) },
      large: (changes) => createVerifier({ ...plain, fetch: manyKeys(workload, 1000), ...changes }),
    },
    {
      name: '0 → 200 groups',
      small: plain,
      large: (changes) =>
        createVerifier({ tenants: many.tenantId, audience: many.audience, fetch: many.fetch, ...changes }),
      largeTokens: many.tokens,
    },
    {
      name: '1 → 50 authorities',
      small: plain,
      large: (changes) => manyAuthorities({ ...plain, ...changes }, 49),
    },
    {
      name: '2 → 10,000 tenants',
      small: { ...plain, tenants: tenants.slice(0, 2) },
      large: (changes) => createVerifier({ ...plain, tenants, ...changes }),
    },
  ]
  const rows: Array<readonly string[]> = []
  const targets: Target[] = []
  for (const { name, small, large, largeTokens = tokens } of cases) {
    const seen = await compare(
      { verifier: createVerifier(small), tokens: tokens.slice(0, 64) },
      { verifier: large({}), tokens: largeTokens.slice(0, 64) },
      quick,
    )
    const fresh = await compare(
      { verifier: createVerifier({ ...small, tokenCache: false }), tokens },
      { verifier: large({ tokenCache: false }), tokens: largeTokens },
      quick,
    )
    rows.push([name, ...cells(seen), ...cells(fresh)])
    targets.push(atMost(`seen token, ${name}`, 1.2, seen.large / seen.small, 'the small case'))
  }
  const characters = await compare(
    characterSide(tokens.slice(0, 64)),
    characterSide(many.tokens.slice(0, 64)),
    quick,
  )
  const alone = [characters.small, characters.large, characters.large / characters.small]
  rows.splice(2, 0, ['comparing those characters alone', ...alone.map(format), '–', '–', '–'])
  many.close()
  const [{ length: short } = ''] = tokens
  const [{ length: long } = ''] = many.tokens
  return {
    title: 'How cost grows',
    text: `Microseconds a token, one at a time, default engine; a new token without the token cache. A token with 200 groups has ${long.toLocaleString('en')} characters instead of ${short.toLocaleString('en')}: a new one costs more to hash and to parse, and every character of a seen one is compared with the cached token, which alone takes ${format(characters.large)} instead of ${format(characters.small)} µs.`,
    head: ['case', 'seen, small', 'seen, large', 'ratio', 'new, small', 'new, large', 'ratio'],
    rows,
    targets,
  }
}

interface Pair {
  readonly small: number
  readonly large: number
}

function cells({ small, large }: Pair): readonly string[] {
  return [format(small), format(large), ratio(large, small)]
}

interface Side {
  readonly verifier: Pick<Verifier, 'verify'>
  readonly tokens: readonly string[]
}

/** Nothing but finding the remembered token by its end and comparing the whole of it. */
function characterSide(tokens: readonly string[]): Side {
  const remembered = new Map(tokens.map((token) => [token.slice(-43), token]))
  const unknown = new Error('another token')
  return {
    tokens,
    verifier: {
      verify: (token) =>
        remembered.get(token.slice(-43)) === token
          ? Promise.resolve(token as never)
          : Promise.reject(unknown),
    },
  }
}

async function compare(small: Side, large: Side, quick: boolean): Promise<Pair> {
  const contestants: readonly Contestant[] = Object.entries({ small, large }).map(
    ([name, { verifier, tokens }]) => ({
      name,
      tokens,
      check: (token) => verifier.verify(token),
    }),
  )
  await prove(contestants)
  const samples = await measure(contestants, small.tokens, {
    concurrency: 1,
    batch: quick ? 100 : 1000,
    rounds: quick ? 5 : 21,
    piece: 16,
  })
  const of = (name: string): number => samples.find((sample) => sample.name === name)?.wall ?? Number.NaN
  return { small: of('small'), large: of('large') }
}

function onlyKey({ fetch, jwk }: Workload): Workload['fetch'] {
  return async (url, init) =>
    url.includes('/keys') ? Response.json({ keys: [jwk] }) : await fetch(url, init)
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

/** The one that signed the tokens comes last. */
function manyAuthorities(options: VerifierOptions, count: number): Verifier {
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
