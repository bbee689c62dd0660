import { describe, expect, it } from 'vitest'

import { clouds, type Cloud, type EntraGuardError } from '../../src/index.ts'
import { Issuer, makeKey, settle } from '../support/rotating-issuer.ts'

const k1 = makeKey('k1')
const group = 'dddddddd-0000-4000-8000-000000000001'

/** The host that `resolveGroups` is told, or why it is not asked. */
async function graphHostOf(
  named: unknown,
  changes: Parameters<Issuer['verifier']>[0] = {},
): Promise<string | undefined> {
  const entra = new Issuer(k1)
  entra.metadata = { msgraph_host: named }
  let told: string | undefined
  const verifier = entra.verifier({
    resolveGroups: async (_identity, { graphHost }) => {
      told = graphHost
      return [group]
    },
    ...changes,
  })
  const token = entra.token(k1, { claims: { hasgroups: true } })
  const work = verifier.authenticate(`Bearer ${token}`, { scopes: ['Orders.Read'], groups: [group] })
  const refusal = await work.then(
    () => undefined,
    (error: EntraGuardError) => error,
  )
  return refusal === undefined ? told : `${refusal.code}: ${refusal.details.reason}`
}

describe('the host of Microsoft Graph, to which a token for the directory goes', () => {
  const ofCloud = { loginHost: 'login.microsoftonline.com', v1IssuerHost: 'sts.windows.net' }

  const unknown =
    'check_unavailable: the metadata names no known host of Microsoft Graph; list the host in cloud.graphHosts'

  it.each(Object.values(clouds).flatMap(({ graphHosts = [] }) => graphHosts))('may be %s', async (host) => {
    expect(await graphHostOf(host)).toBe(host)
  })

  it.each([
    'graph.attacker.example',
    'graph.microsoft.com.attacker.example',
    'attacker-graph.microsoft.com',
    'graph.microsoft.com:8443',
    'graph.microsoft.com/x',
    'user@graph.microsoft.com',
    'GRAPH.microsoft.com',
    'graph.windows.net',
    'localhost',
    '',
    ' ',
    7,
    ['graph.microsoft.com'],
    undefined,
  ])('may not be %j, whoever wrote the document', async (host) => {
    expect(await graphHostOf(host)).toBe(unknown)
  })

  it('may be one that a cloud of the configuration names', async () => {
    const cloud = { ...ofCloud, graphHosts: ['graph.cloud.example'] }
    expect(await graphHostOf('graph.cloud.example', { cloud })).toBe('graph.cloud.example')
    expect(await graphHostOf('graph.other.example', { cloud })).toBe(unknown)
    expect(await graphHostOf('graph.cloud.example', { cloud: ofCloud })).toBe(unknown)
    for (const graphHosts of [['https://graph.cloud.example'], [''], 'graph.cloud.example', [7]])
      expect(() =>
        new Issuer(k1).verifier({ cloud: { ...ofCloud, graphHosts } as unknown as Cloud }),
      ).toThrow(/graphHosts/)
  })

  it('is not chosen by who can write into a store that is not sealed', async () => {
    const entra = new Issuer(k1)
    const entries = new Map<string, string>()
    const store = {
      getItem: (key: string) => entries.get(key),
      setItem: (key: string, value: string) => void entries.set(key, value),
    }
    await entra.verifier({ store }).prefetch()
    await settle()
    for (const [key, value] of entries)
      entries.set(key, value.replaceAll('graph.microsoft.com', 'graph.attacker.example'))
    expect([...entries.values()].join()).toContain('graph.attacker.example')
    expect(await graphHostOf('graph.microsoft.com', { store })).toBe(unknown)
  })
})
