import { readFileSync } from 'node:fs'

import { describe, expect, expectTypeOf, it } from 'vitest'

import type { DisplayOnly, Identity, Opaque, V1Claims, V2Claims } from '../../src/index.ts'
import { fixture } from '../support/fixture.ts'
import { issue, verifierFor } from '../support/issuer.ts'

interface Row {
  readonly name: string
  readonly where: 'header' | 'payload'
  readonly versions: string
  readonly safety: string
}

interface Member {
  readonly doc: string
  readonly type: string
}

/** The members of the interfaces of a source file, with what stands above each of them. */
function readInterfaces(file: string): ReadonlyMap<string, ReadonlyMap<string, Member>> {
  const text = readFileSync(new URL(`../../src/claims/${file}`, import.meta.url), 'utf8')
  const found = new Map<string, Map<string, Member>>()
  for (const [, name = '', body = ''] of text.matchAll(/export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/g)) {
    const members = new Map<string, Member>()
    for (const [, doc = '', key = '', type = ''] of body.matchAll(
      /(?: {2}\/\*\* (.*?) \*\/\n)? {2}readonly (\[.*?\]|'.*?'|\w+)\??: (.*)/g,
    )) {
      // "[extension: `extn.${string}`]" is the row "extn.*".
      const pattern = /`(.*)\$\{string\}`/.exec(key)?.[1]
      members.set(pattern === undefined ? key.replaceAll("'", '') : `${pattern}*`, { doc, type })
    }
    found.set(name, members)
  }
  return found
}

const interfaces = new Map(
  ['access-token-claims.ts', 'b2c-claims.ts', 'entra-claims.ts'].flatMap((file) =>
    Array.from(readInterfaces(file)),
  ),
)
const membersOf = (...names: readonly string[]): ReadonlyMap<string, Member> =>
  new Map(names.flatMap((name) => Array.from(interfaces.get(name) ?? [])))

const header = membersOf('AccessTokenHeader')
const v1 = membersOf('EntraClaims', 'V1Claims')
const v2 = membersOf('EntraClaims', 'V2Claims')
const b2c = membersOf('B2cClaims')

/** The types in which a row of the list has to stand. */
function homesOf({ where, versions, name }: Row): ReadonlyArray<ReadonlyMap<string, Member>> {
  if (where === 'header') return [header]
  // Two claims share this row of the documentation, one for each version.
  if (versions === '1 / 2,B' || versions === '1 / 2') {
    if (name.startsWith('appid')) return [v1]
    return versions.includes('B') ? [v2, b2c] : [v2]
  }
  if (versions.startsWith('all')) return [v1, v2, b2c]
  const isOptional = versions === 'opt' || versions === 'implicit'
  return [
    ...(isOptional || versions.includes('1') ? [v1] : []),
    ...(isOptional || versions.includes('2') ? [v2] : []),
    ...(versions.includes('B') ? [b2c] : []),
  ]
}

const { claims } = fixture<{ claims: readonly Row[] }>('claims.json')

describe('the documented claims', () => {
  it('are 102', () => {
    expect(claims).toHaveLength(102)
  })

  it.each(claims)(
    '$name ($where; $versions) is typed in its versions, with a line of documentation',
    (row) => {
      const homes = homesOf(row)
      expect(homes.length).toBeGreaterThan(0)
      for (const home of homes) expect(home.get(row.name)?.doc).toMatch(/\w.*[.:…]$/)
    },
  )

  const ofClass = (letter: string): readonly Row[] =>
    claims.filter(({ where, safety }) => where === 'payload' && safety === letter)

  it.each(ofClass('D'))('$name is for people, so it is DisplayOnly', (row) => {
    for (const home of homesOf(row))
      expect(home.get(row.name)?.type).toMatch(/^(?:readonly )?DisplayOnly(?:\[\])?$/)
  })

  // The documented members of the prefix have types of their own, so the prefix as a whole can only be unknown.
  it.each(ofClass('O').filter(({ name }) => name !== 'xms_*'))(
    '$name is internal, so it is Opaque',
    (row) => {
      for (const home of homesOf(row)) expect(home.get(row.name)?.type).toBe('Opaque')
    },
  )

  it.each(claims.filter(({ where, safety }) => where === 'payload' && /^[ACI]/.test(safety)))(
    '$name may be read: it is neither',
    (row) => {
      for (const home of homesOf(row)) expect(home.get(row.name)?.type).not.toMatch(/DisplayOnly|Opaque/)
    },
  )

  it('of one version are not in the type of the other', () => {
    expect([v1.has('azp'), v1.has('azpacr'), v1.has('tfp')]).toEqual([false, false, false])
    expect([v2.has('appid'), v2.has('appidacr'), v2.has('unique_name')]).toEqual([false, false, false])
  })
})

const misuse = (displayed: DisplayOnly, internal: Opaque): unknown[] => {
  // @ts-expect-error -- it cannot become a key
  const text: string = displayed
  // @ts-expect-error -- nor be compared with text
  const same = displayed === 'ada@contoso.com'
  // @ts-expect-error -- internal claims have no meaning to compare
  const internally = internal === 'x'
  // @ts-expect-error -- and no text
  const opaque: string = internal
  const shown: string = String(displayed)
  return [text, same, internally, opaque, shown]
}

describe('the types', () => {
  it('keep what is for people out of decisions', async () => {
    const { claims: read } = await verifierFor().verify(await issue({ email: 'ada@contoso.com', aio: 'x' }))
    const email: unknown = read['email']
    expect(String(email)).toBe('ada@contoso.com')
    expect(misuse(email as DisplayOnly, email as Opaque)).toHaveLength(5)
  })

  it('keep a sign-in name out of decisions, also where nobody looked at version and authority', async () => {
    const names = { upn: 'ada@contoso.com', unique_name: 'ada', preferred_username: 'ada' }
    const { claims: read } = await verifierFor().verify(await issue(names))
    // @ts-expect-error -- not with the user principal name
    const byUpn = read.upn === 'ada@contoso.com'
    // @ts-expect-error -- not with the sign-in name of v1.0
    const byUniqueName = read.unique_name === 'ada'
    // @ts-expect-error -- not with the sign-in name of v2.0
    const byPreferredUsername = read.preferred_username === 'ada'
    // @ts-expect-error -- not with an address, not with a display name
    const byOther = read.email === 'ada' || read.name === 'ada'
    expect([byUpn, byUniqueName, byPreferredUsername, byOther]).toEqual([true, true, true, false])
  })

  it('narrow by version and by authority', async () => {
    const identity: Identity = await verifierFor().verify(await issue())
    if (identity.authority === 'b2c') throw new Error('not a B2C token')
    expectTypeOf(identity.claims).toEqualTypeOf<V1Claims | V2Claims>()
    if (identity.claims.ver === '1.0') throw new Error('not a v1.0 token')
    expectTypeOf(identity.claims).toEqualTypeOf<V2Claims>()
    expectTypeOf(identity.claims.azp).toEqualTypeOf<string | undefined>()
    expectTypeOf(identity.claims['anything']).toEqualTypeOf<unknown>()
    expectTypeOf(identity.claims['extn.shoeSize']).toEqualTypeOf<DisplayOnly | undefined>()
    expect(identity.claims.azp).toBe(identity.clientId)
  })

  it('do not let a tenant id stand for an object id', async () => {
    const { tenantId, objectId } = await verifierFor().verify(await issue())
    // @ts-expect-error -- two ids of different things
    const swapped: typeof tenantId = objectId
    expect(swapped).not.toBe(tenantId)
  })
})
