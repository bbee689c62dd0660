import { describe, expect, it } from 'vitest'

import { refuse, type VerifierOptions } from '../../src/index.ts'
import { documents, issue, tenantId, verifierFor, type Members } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

const outcome = async (changes: Members, options: Partial<VerifierOptions> = {}): Promise<string> =>
  await outcomeOf(verifierFor(options).verify(await issue(changes)))

const fails = (): boolean => {
  throw new Error('the database is down')
}
const blocks = (): never => {
  throw refuse('blocked')
}

describe("the application's own rules", () => {
  it('that fail say with which code and where, and nothing of the message', async () => {
    const lost = Object.assign(new Error('connect postgres://api:p4ss@10.0.0.5'), {
      code: 'ECONNREFUSED',
      address: '10.0.0.5',
      port: 5432,
    })
    const throwsIt = (): never => {
      throw new Error('query failed', { cause: lost })
    }
    const fetch = documents({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })
    for (const [options, reason] of [
      [{ check: throwsIt }, 'the check failed: ECONNREFUSED 10.0.0.5:5432'],
      [{ tenants: throwsIt, fetch }, 'the tenants predicate failed: ECONNREFUSED 10.0.0.5:5432'],
      [{ check: fails }, 'the check failed'],
    ] as const)
      await expect(verifierFor(options).verify(await issue())).rejects.toMatchObject({
        code: 'check_unavailable',
        details: { reason },
      })
  })

  it('run after the signature, on every call, for a token that was seen too', async () => {
    const asked: string[] = []
    const tenants = (id: string): boolean => {
      asked.push(id)
      return asked.length < 3
    }
    const fetch = documents({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })
    const verifier = verifierFor({ tenants, fetch })
    const token = await issue()
    const forged = `${token.slice(0, -8)}AAAAAAAA`
    expect(await outcomeOf(verifier.verify(forged))).toBe('signature_invalid')
    expect(asked).toEqual([])
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(token))).toBe('tenant_refused')
    expect(asked).toEqual([tenantId, tenantId, tenantId])
  })

  it.each<[unknown, string]>([
    [true, 'accepted'],
    [false, 'tenant_refused'],
    [undefined, 'tenant_refused'],
    [1, 'tenant_refused'],
    ['yes', 'tenant_refused'],
    [{ tenant: 'row' }, 'tenant_refused'],
  ])('a function for tenants that gives %j: %s', async (answer, code) => {
    const fetch = documents({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })
    for (const tenants of [() => answer, async () => answer] as Array<() => boolean>)
      expect(await outcome({}, { tenants, fetch })).toBe(code)
  })

  it('that fail are 503, because a question without an answer is no refusal', async () => {
    const fetch = documents({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })
    expect(await outcome({}, { tenants: fails, fetch })).toBe('check_unavailable')
    expect(await outcome({}, { check: fails })).toBe('check_unavailable')
    expect(await outcome({}, { check: async () => await Promise.reject(new Error('down')) })).toBe(
      'check_unavailable',
    )
    const refusal = await verifierFor({ check: fails })
      .verify(await issue())
      .catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 503, cause: { message: 'the database is down' } })
  })

  it('refuse with their own error, or with false', async () => {
    expect(await outcome({}, { check: blocks })).toBe('check_failed')
    expect(await outcome({}, { check: () => false })).toBe('check_failed')
    expect(await outcome({}, { check: () => undefined })).toBe('accepted')
  })

  it('are not asked about a token that a built-in rule refuses', async () => {
    let asked = 0
    const check = (): void => void asked++
    for (const changes of [{ exp: 1 }, { aud: 'x' }, { scp: undefined }]) await outcome(changes, { check })
    expect(asked).toBe(0)
  })
})
