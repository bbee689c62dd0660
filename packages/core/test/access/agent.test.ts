import { createEmulator, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import {
  anyOf,
  authorize,
  b2c,
  createVerifier,
  type Access,
  type Agent,
  type Identity,
  type Verifier,
} from '../../src/index.ts'
import { outcomeOfCall } from '../support/outcome.ts'

const blueprint = '22222222-2222-4222-8222-222222222222'

let entra: Emulator
let verifier: Verifier

beforeAll(async () => {
  entra = await createEmulator()
  verifier = createVerifier({ ...entra.verifierOptions(), allowWithoutPermissions: true })
})

type Claims = Readonly<Record<string, unknown>>

const user = async (claims: Claims = {}): Promise<Identity> =>
  verifier.verify(await entra.issueUserToken({ scopes: ['Orders.Read'], claims }))
const app = async (claims: Claims = {}): Promise<Identity> =>
  verifier.verify(await entra.issueAppToken({ roles: ['Orders.Read.All'], claims }))

const anyone: Access = { callers: ['user', 'app'] }
const noAgents: Access = { callers: ['user', 'app'], agents: 'refuse' }
const onlyAgents: Access = { callers: ['user', 'app'], agents: 'only' }

/** What an access that admits all, one that refuses agents and one that asks for one say. */
const decide = (identity: Identity): readonly string[] =>
  [anyone, noAgents, onlyAgents].map((access) => outcomeOfCall(() => authorize(identity, access)))

const agent = ['accepted', 'agent_refused', 'accepted']
const noAgent = ['accepted', 'accepted', 'agent_refused']
const unclear = ['accepted', 'agent_refused', 'agent_refused']

describe('the three kinds of agent', () => {
  it.each(['1.0', '2.0'] as const)('are told apart in tokens of version %s', async (version) => {
    const tokens = [
      await entra.issueAppToken({ version, agent: true, roles: ['Orders.Read.All'] }),
      await entra.issueUserToken({ version, agent: 'onBehalfOf' }),
      await entra.issueUserToken({ version, agent: 'userAccount' }),
    ]
    const identities = await Promise.all(tokens.map((token) => verifier.verify(token)))
    expect(identities.map(({ kind, agent: found }) => [kind, found])).toEqual([
      ['app', { kind: 'autonomous', blueprint }],
      ['user', { kind: 'onBehalfOf', blueprint }],
      ['user', { kind: 'userAccount', blueprint }],
    ])
    for (const identity of identities) expect(decide(identity)).toEqual(agent)
    expect(identities.every(({ agent: found }) => Object.isFrozen(found))).toBe(true)
  })

  it.each<[string, Claims, Agent['kind'], boolean]>([
    ['by a facet of the actor', { xms_act_fct: '11' }, 'onBehalfOf', false],
    [
      'by a facet among others, in any order',
      { xms_act_fct: '9 11 3', xms_sub_fct: '2' },
      'onBehalfOf',
      false,
    ],
    ['with more blanks than one', { xms_act_fct: ' 9  11 ' }, 'onBehalfOf', false],
    ['by the facet of a user account of its own', { xms_sub_fct: '13' }, 'userAccount', false],
    ['by its blueprint alone', { xms_par_app_azp: blueprint }, 'onBehalfOf', true],
    ['by a blueprint that is no GUID', { xms_par_app_azp: 'x' }, 'onBehalfOf', false],
    [
      'by a facet beside a list with its blueprint',
      { xms_act_fct: '11', xms_par_app_azp: [blueprint] },
      'onBehalfOf',
      false,
    ],
    ['by a facet of the subject of a user', { xms_sub_fct: '11' }, 'onBehalfOf', false],
    [
      'by one claim where another cannot be read',
      { xms_act_fct: '11', xms_sub_fct: [13] },
      'onBehalfOf',
      false,
    ],
  ])('is known %s', async (_name, claims, kind, hasBlueprint) => {
    const identity = await user(claims)
    expect(identity.agent).toEqual(hasBlueprint ? { kind, blueprint } : { kind })
    expect(decide(identity)).toEqual(agent)
  })

  it('by itself is an app, whatever its facets', async () => {
    expect((await app({ xms_act_fct: '11', xms_sub_fct: '13' })).agent).toEqual({ kind: 'autonomous' })
    expect((await app({ xms_par_app_azp: blueprint })).agent).toEqual({ kind: 'autonomous', blueprint })
  })

  it('behind a caller who is neither surely a user nor an app acts by itself only as the subject', async () => {
    const identities = await Promise.all(
      [{ xms_sub_fct: '11' }, { xms_act_fct: '11' }].map((claims) =>
        user({ oid: undefined, idtyp: undefined, ...claims }),
      ),
    )
    expect(identities.map(({ kind, agent: found }) => [kind, found?.kind])).toEqual([
      ['unknown', 'autonomous'],
      ['unknown', 'onBehalfOf'],
    ])
  })
})

describe('no agent', () => {
  it.each<[string, Claims]>([
    ['nothing about agents', {}],
    ['other facets', { xms_act_fct: '3 9', xms_sub_fct: '1', xms_tnt_fct: '11 13' }],
    ['numbers in which the facets are only digits', { xms_act_fct: '111 1 1', xms_sub_fct: '131 113' }],
    ['13 as a facet of the actor, which says nothing', { xms_act_fct: '13' }],
    ['empty facets', { xms_act_fct: '', xms_sub_fct: ' ' }],
  ])('is behind a caller with %s', async (_name, claims) => {
    for (const identity of [await user(claims), await app(claims)]) {
      expect(identity.agent).toBeUndefined()
      expect(decide(identity)).toEqual(noAgent)
    }
  })

  it('exists in B2C, whose policies name claims as they like', async () => {
    const tenant = entra.directory.tenants.find(({ kind }) => kind === 'b2c')
    const { fetch, now, audience } = entra.verifierOptions()
    const consumers = createVerifier({
      fetch,
      now,
      audience,
      authority: b2c({
        domain: `${tenant?.name}.b2clogin.com`,
        tenantId: tenant?.id ?? '',
        policies: [tenant?.policies[0]?.name ?? ''],
      }),
    })
    const token = await entra.issueB2cToken({ claims: { xms_act_fct: '11', xms_par_app_azp: blueprint } })
    expect(decide(await consumers.verify(token))).toEqual(noAgent)
  })
})

describe('claims about an agent that cannot be read', () => {
  it.each<[string, Claims]>([
    ['a number', { xms_act_fct: 11 }],
    ['a list', { xms_act_fct: ['11'] }],
    ['an object', { xms_sub_fct: { '11': true } }],
    ['commas', { xms_act_fct: '3,9,11' }],
    ['names', { xms_act_fct: 'AgentIdentity' }],
    ['null', { xms_sub_fct: null }],
    ['a blueprint that is no text', { xms_par_app_azp: { id: blueprint } }],
    ['a blueprint that is empty', { xms_par_app_azp: '' }],
  ])('prove neither: %s', async (_name, claims) => {
    for (const identity of [await user(claims), await app(claims)]) {
      expect(identity.agent).toBeUndefined()
      expect(decide(identity)).toEqual(unclear)
      expect(decide({ ...identity, groups: { status: 'absent' } })).toEqual(unclear)
    }
  })
})

describe('an access', () => {
  it('refuses an agent before it looks at what else it lacks', async () => {
    const identity = await user({ xms_act_fct: '11' })
    const access: Access = {
      scopes: ['Orders.Write'],
      agents: 'refuse',
      clients: ['99999999-0000-4000-8000-000000000009'],
    }
    expect(outcomeOfCall(() => authorize(identity, access))).toBe('agent_refused')
  })

  it('tells about the alternative that is meant for the caller', async () => {
    const access = anyOf(
      { scopes: ['Orders.Read'], agents: 'refuse' },
      { scopes: ['Orders.Agents'], agents: 'only' },
      { appPermissions: ['All'] },
    )
    expect(outcomeOfCall(() => authorize(identityOfAgent, access))).toBe('scope_missing')
    const apart = anyOf(
      { appPermissions: ['All'] },
      { scopes: ['Orders.Read'], agents: 'refuse' },
      { callers: ['app'] },
    )
    expect(outcomeOfCall(() => authorize(identityOfAgent, apart))).toBe('agent_refused')
  })

  let identityOfAgent: Identity
  beforeAll(async () => {
    identityOfAgent = await user({ xms_act_fct: '11' })
  })

  it('says in the details what came, and nothing of the claims', async () => {
    const error: unknown = await verifier
      .authenticate(`Bearer ${await entra.issueUserToken({ agent: 'userAccount' })}`, noAgents)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 403, details: { expected: 'no agent', actual: 'userAccount' } })
    await expect(
      verifier.authenticate(`Bearer ${await entra.issueUserToken()}`, onlyAgents),
    ).rejects.toMatchObject({ details: { expected: 'an agent', actual: 'none' } })
  })

  it.each(['admit', true, '', ['refuse']])('cannot say agents: %j', (agents) => {
    expect(() => authorize(identityOfAgent, { ...anyone, agents } as never)).toThrow(/agents can only be/)
  })
})
