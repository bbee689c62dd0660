import { describe, expect, it } from 'vitest'

import { clouds } from '../../src/index.ts'
import { isGuid, isHostName } from '../../src/authority/clouds.ts'
import { fixture } from '../support/fixture.ts'

interface Documented {
  readonly id: string
  readonly aliases: readonly string[]
  readonly v2Issuer: string
  readonly v1Issuer?: string
  readonly cloudInstanceName: string
}

describe('the clouds known by name', () => {
  const documented = fixture<{ clouds: readonly Documented[] }>('cloud-aliases.json').clouds

  it.each(Object.entries(clouds))('%s is as it is documented', (name, cloud) => {
    const source = documented.find(({ id }) => id.split('-')[0] === name)
    expect(`https://${cloud.loginHost}/{tenantid}/v2.0`).toBe(source?.v2Issuer)
    const v1Issuer = cloud.v1IssuerHost && `https://${cloud.v1IssuerHost}/{tenantid}/`
    expect(v1Issuer).toBe(source?.v1Issuer)
    expect([cloud.loginHost, ...(cloud.aliases ?? [])]).toEqual(source?.aliases)
    // Where reports differ the name is left open.
    expect([undefined, source?.cloudInstanceName]).toContain(cloud.name)
  })

  it('cannot be changed', () => {
    const writable = clouds as unknown as { public: { loginHost: string; aliases: string[] } }
    expect(() => {
      writable.public.loginHost = 'attacker.example'
    }).toThrow(TypeError)
    expect(() => writable.public.aliases.push('attacker.example')).toThrow(TypeError)
  })
})

describe('a tenant id', () => {
  it.each([
    ['f645ad92-e38d-4d1a-b510-d1b09a74a8ca', true],
    ['00000001-0000-0ff1-ce00-000000000000', true],
    ['F645AD92-E38D-4D1A-B510-D1B09A74A8CA', false],
    ['f645ad92e38d4d1ab510d1b09a74a8ca', false],
    ['{f645ad92-e38d-4d1a-b510-d1b09a74a8ca}', false],
    ['f645ad92-e38d-4d1a-b510-d1b09a74a8ca\n', false],
    [' f645ad92-e38d-4d1a-b510-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1a-b510-d1b09a74a8cg', false],
    ['f645ad92-e38d-4d1a-b510-d1b09a74a8ca/v2.0/..', false],
    ['f645ad9-e38d-4d1a-b510-d1b09a74a8ca', false],
    ['f645ad92-e38-4d1a-b510-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1-b510-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1a-b51-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1a-b510-d1b09a74a8c', false],
    ['f645ad922-e38d-4d1a-b510-d1b09a74a8ca', false],
    ['f645ad92-e38dd-4d1a-b510-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1aa-b510-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1a-b5100-d1b09a74a8ca', false],
    ['f645ad92-e38d-4d1a-b510-d1b09a74a8caa', false],
    ['', false],
  ])('%j: %s', (value, verdict) => {
    expect(isGuid(value)).toBe(verdict)
  })
})

describe('a host name', () => {
  it.each([
    ['login.microsoftonline.com', true],
    ['contoso.b2clogin.com', true],
    ['xn--bcher-kva.example', true],
    ['localhost', false],
    ['169.254.169.254', false],
    ['[::1]', false],
    ['login.microsoftonline.com:443', false],
    ['login.microsoftonline.com.', false],
    ['login.microsoftonline.com/x', false],
    ['Login.microsoftonline.com', false],
    ['user@login.microsoftonline.com', false],
    ['-a.example', false],
    ['a..example', false],
    ['bücher.example', false],
    ['a.example\n', false],
    ['a.de', true],
    ['a1.b-2.c3.example', true],
    ['a.e1', true],
    ['a.e-e', true],
    ['a.e', false],
    ['a.1e', false],
    ['a.-e', false],
    ['a.e-', false],
    ['a-.example', false],
    ['a_b.example', false],
    ['.example', false],
    [`${'a'.repeat(63)}.example`, true],
    [`${'a'.repeat(64)}.example`, false],
    [`a.${'e'.repeat(63)}`, true],
    [`a.${'e'.repeat(64)}`, false],
    [`${'a.'.repeat(123)}example`, true],
    [`${'a.'.repeat(123)}examples`, false],
    ['', false],
  ])('%j: %s', (value, verdict) => {
    expect(isHostName(value)).toBe(verdict)
  })
})
