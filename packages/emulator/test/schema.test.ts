import path from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it, test } from 'vitest'

import { createEmulator, readEmulatorOptions } from '../src/index.ts'
import { configurationSchema } from './schema.ts'

const file = path.join(import.meta.dirname, '../schema.json')

test('the schema that the package ships is that of its options', async () => {
  // Another option? Then `pnpm vitest run --project emulator schema -u`.
  await expect(`${JSON.stringify(configurationSchema(), undefined, 2)}\n`).toMatchFileSnapshot(file)
})

test('every member says what it is', () => {
  const silent: string[] = []
  const look = (schema: unknown, at: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [name, value] of Object.entries(schema)) {
      if (name !== 'properties') look(value, at)
      else
        for (const [member, own] of Object.entries(value as Record<string, { description?: string }>)) {
          if (own.description === undefined) silent.push(`${at}.${member}`)
          look(own, `${at}.${member}`)
        }
    }
  }
  look(configurationSchema(), '')
  expect(silent).toEqual([])
})

const reads = (value: unknown): boolean => {
  try {
    readEmulatorOptions(value)
    return true
  } catch {
    return false
  }
}

describe('the schema and readEmulatorOptions', () => {
  const ajv = new Ajv2020({ strict: true })
  addFormats.default(ajv)
  const accepts = ajv.compile(configurationSchema())
  it.each<[boolean, unknown]>([
    [true, {}],
    [true, { $schema: './node_modules/@entraguard/emulator/schema.json' }],
    [
      true,
      {
        tenants: [
          { name: 'contoso' },
          { name: 'fabrikam', kind: 'b2c', policies: ['B2C_1_a', { name: 'b' }] },
        ],
      },
    ],
    [true, { apps: [{ redirectUris: ['http://localhost', { uri: 'https://a', platform: 'spa' }] }] }],
    [true, { apps: [{ implicitGrant: { idTokens: true }, accessTokenLifetime: 60 }] }],
    [true, { users: [{ userPrincipalName: 'a@b' }] }],
    [true, { conditionalAccess: [{ requires: 'mfa' }, { requires: 'c12' }] }],
    [true, { managedIdentities: [{ assignedBy: 'user' }] }],
    [true, { apps: [{ secretExpiresAt: '2030-01-31T00:00:00Z' }] }],
    [false, []],
    [false, { tenant: [] }],
    [false, { tenants: {} }],
    [false, { tenants: [{ kind: 'adfs' }] }],
    [false, { apps: [{ scopes: 'Orders.Read' }] }],
    [false, { apps: [{ redirectUris: [{ uri: 'https://a', platform: 'ios' }] }] }],
    [false, { apps: [{ accessTokenLifetime: 59 }] }],
    [false, { apps: [{ secretExpiresAt: 'soon' }] }],
    [false, { users: [{ name: 'Ada' }] }],
    [false, { conditionalAccess: [{ requires: 'c100' }] }],
    [false, { now: 5 }],
  ])('agree: %j %j', (expected, value) => {
    expect([accepts(value), reads(value)]).toEqual([expected, expected])
  })

  it('agree about what an emulator says of itself', async () => {
    expect(accepts(JSON.parse(JSON.stringify((await createEmulator()).registrations())))).toBe(true)
  })
})
