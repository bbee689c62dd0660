import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeEach, describe, expect, it } from 'vitest'

import {
  anyOf,
  authorize,
  b2c,
  combineVerifiers,
  createVerifier,
  type Access,
  type Verifier,
  type VerifierEvent,
  type VerifierOptions,
  type VerifyContext,
} from '../src/index.ts'
import { outcomeOf, outcomeOfCall } from './support/outcome.ts'
import { settle } from './support/rotating-issuer.ts'

const access = anyOf({ appPermissions: ['Orders.Read.All'] }, { scopes: ['Orders.Read'] }) satisfies Access
const clientId = '33333333-3333-4333-8333-333333333333'
const user = { kind: 'user', clientId, tenantId: defaults.tenantId }

let entra: Emulator
let events: VerifierEvent[]

beforeEach(async () => {
  entra = await createEmulator()
  time = entra.now()
  events = []
})

let time: number

/** The emulator's clock runs; that of the verifiers stands still in between, so that times are exact. */
const make = (options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({
    ...entra.verifierOptions(),
    now: () => time,
    onEvent: (event) => events.push(event),
    ...options,
  })

const bearer = async (...options: Parameters<Emulator['issueUserToken']>): Promise<string> =>
  `Bearer ${await entra.issueUserToken(...options)}`

const slowFetch: typeof globalThis.fetch = async (...request) => {
  time += 20
  return entra.fetch(...request)
}

const mistake = new Error('a mistake of the caller')
const broken: VerifyContext = {
  get signal(): never {
    throw mistake
  },
}

function fail(): never {
  throw new Error('the log is full')
}

const noTime = (): number => Number.NaN

/** What was told about callers. */
const told = (): readonly VerifierEvent[] =>
  events.filter(
    ({ type }) => type === 'caller_admitted' || type === 'caller_refused' || type === 'token_refused',
  )

describe('a caller who is let in', () => {
  it('is told once, with the rule that admits and the time that it took', async () => {
    const verifier = make({ fetch: slowFetch })
    await verifier.authenticate(await bearer({ scopes: ['Orders.Read'] }), access)
    expect(told()).toEqual([{ type: 'caller_admitted', ...user, rule: 1, durationMs: 40 }])
  })

  it('is told on every call, also for a token that was seen before', async () => {
    const verifier = make()
    const header = await bearer({ scopes: ['Orders.Read'] })
    await verifier.authenticate(header, access)
    await verifier.authenticate(header, { scopes: ['Orders.Read'] })
    await verifier.authenticate(header)
    const admitted = { type: 'caller_admitted', ...user, durationMs: 0 }
    expect(told()).toEqual([
      { ...admitted, rule: 1 },
      { ...admitted, rule: 0 },
      { ...admitted, rule: undefined },
    ])
  })

  it('is an app as well', async () => {
    const token = await entra.issueAppToken({ roles: ['Orders.Read.All'], clientId })
    await make().authenticate(`Bearer ${token}`, access)
    expect(told()).toMatchObject([{ type: 'caller_admitted', kind: 'app', clientId, rule: 0 }])
  })

  it('is not told of by verify, which lets nobody in', async () => {
    await make().verify(await entra.issueUserToken())
    expect(told()).toEqual([])
  })

  it('has nothing in the event that says who it is', async () => {
    const header = await bearer({ scopes: ['Orders.Read'] })
    const identity = await make().authenticate(header, access)
    const text = JSON.stringify(told())
    for (const secret of [
      identity.objectId,
      identity.subject,
      String(identity.claims.name),
      header.slice(-43),
    ])
      expect(text).not.toContain(secret)
  })
})

describe('a caller who is refused', () => {
  it('by authenticate is told as before, as a refused token', async () => {
    const verifier = make()
    const header = await bearer({ scopes: ['Other'] })
    expect(await outcomeOf(verifier.authenticate(header, access))).toBe('scope_missing')
    expect(told()).toEqual([{ type: 'token_refused', code: 'scope_missing', step: 'authorize' }])
  })

  it('by verifier.authorize is told with the code', async () => {
    const verifier = make()
    const identity = await verifier.authenticate(await bearer({ scopes: ['Orders.Read'] }))
    expect(outcomeOfCall(() => verifier.authorize(identity, { scopes: ['Orders.Write'] }))).toBe(
      'scope_missing',
    )
    expect(verifier.authorize(identity, access)).toBe(identity)
    expect(told().slice(1)).toEqual([
      { type: 'caller_refused', ...user, code: 'scope_missing' },
      { type: 'caller_admitted', ...user, rule: 1, durationMs: undefined },
    ])
  })

  it('by authorize alone is told to nobody', async () => {
    const identity = await make().verify(await entra.issueUserToken())
    expect(outcomeOfCall(() => authorize(identity, { callers: ['app'] }))).toBe('caller_refused')
    expect(told()).toEqual([])
  })
})

describe('verifier.authorize', () => {
  it('decides as authorize does, with a listener and without', async () => {
    const identity = await make().verify(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    for (const verifier of [make(), createVerifier(entra.verifierOptions())]) {
      for (const asked of [access, { scopes: ['Other'] }, { callers: ['app'] }] satisfies Access[])
        expect(outcomeOfCall(() => verifier.authorize(identity, asked))).toBe(
          outcomeOfCall(() => authorize(identity, asked)),
        )
      expect(() => verifier.authorize(identity, {})).toThrow(TypeError)
    }
  })

  it('names what stands before a scope in the challenge', async () => {
    const verifier = make()
    const identity = await verifier.verify(await entra.issueUserToken({ scopes: ['Other'] }))
    expect(() => verifier.authorize(identity, access)).toThrow(
      expect.objectContaining({
        challenge: { scopes: ['Orders.Read'], scopePrefix: `api://${defaults.apiClientId}/` },
      }),
    )
  })

  it('of combined verifiers is that of the part that the caller came through', async () => {
    const heard: string[] = []
    const { fetch, now } = entra
    const combined = combineVerifiers(
      make({ onEvent: ({ type }) => heard.push(`workforce ${type}`) }),
      createVerifier({
        fetch,
        now,
        audience: defaults.apiClientId,
        authority: b2c({
          domain: `${defaults.b2cTenantName}.b2clogin.com`,
          tenantId: defaults.b2cTenantId,
          policies: [entra.directory.tenants.find(({ kind }) => kind === 'b2c')?.policies[0]?.name ?? ''],
        }),
        onEvent: ({ type }) => heard.push(`consumers ${type}`),
      }),
    )
    const consumer = await combined.verify(await entra.issueB2cToken({ scopes: ['Orders.Read'] }))
    const worker = await combined.verify(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    heard.length = 0
    expect(combined.authorize(consumer, access)).toBe(consumer)
    expect(combined.authorize(worker, access)).toBe(worker)
    expect(heard).toEqual(['consumers caller_admitted', 'workforce caller_admitted'])
  })
})

describe('what is no refusal', () => {
  it('is told to nobody: a mistake of the caller, in the context, which is thrown as it is, and leaves nothing behind that ends a process', async () => {
    const verifier = make()
    const token = await entra.issueUserToken({ expiresIn: -1000 })
    const lost: unknown[] = []
    const hear = (reason: unknown): unknown => lost.push(reason)
    process.on('unhandledRejection', hear)
    for (const call of [
      (context: VerifyContext) => verifier.verify(token, context),
      (context: VerifyContext) => verifier.authenticate(`Bearer ${token}`, access, context),
      (context: VerifyContext) => verifier.verifyIdToken(token, { clientId, nonce: 'n' }, context),
    ])
      await expect(call(broken)).rejects.toBe(mistake)
    await settle()
    process.off('unhandledRejection', hear)
    expect(lost).toEqual([])
    expect(told()).toEqual([])
  })

  it('is told to nobody: a mistake of the caller who passes what is no identity', () => {
    const nobody = { ...user, claims: {} } as never
    expect(() => make().authorize(nobody, access)).toThrow(TypeError)
    expect(told()).toEqual([])
  })
})

describe('a listener', () => {
  it('that throws changes no decision', async () => {
    const verifier = make({ onEvent: fail })
    const header = await bearer({ scopes: ['Orders.Read'] })
    const identity = await verifier.authenticate(header, access)
    expect(verifier.authorize(identity, access)).toBe(identity)
    expect(outcomeOfCall(() => verifier.authorize(identity, { scopes: ['Other'] }))).toBe('scope_missing')
  })

  it('that rejects, or gives what rejects later, leaves nothing behind that ends a process', async () => {
    const lost: unknown[] = []
    const hear = (reason: unknown): unknown => lost.push(reason)
    process.on('unhandledRejection', hear)
    const rejecting = make({ onEvent: () => Promise.reject(new Error('the log is full')) })
    await rejecting.authenticate(await bearer({ scopes: ['Orders.Read'] }), access)
    await new Promise(setImmediate)
    process.off('unhandledRejection', hear)
    expect(lost).toEqual([])
  })

  it('is no reason to read the clock before a request is looked at', async () => {
    for (const onEvent of [undefined, () => {}]) {
      const verifier = make({ now: noTime, onEvent })
      expect(await outcomeOf(verifier.authenticate(undefined, access))).toBe('token_missing')
    }
  })

  it('cannot change an event for the next one', async () => {
    await make().authenticate(await bearer({ scopes: ['Orders.Read'] }), access)
    expect(Object.isFrozen(told()[0])).toBe(true)
  })
})
