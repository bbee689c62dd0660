import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { expect } from 'vitest'

import type { Client, Flow } from '../flows.ts'
import { Person } from '../person.ts'
import { ADA, api, daemon, desktop, READ, secret, STOCK, tenantId, type World } from '../world.ts'

/** Debian's own, to which its package python3-msal belongs. */
const python = process.env['PYTHON'] ?? '/usr/bin/python3'

const redirectUri = 'http://localhost:3000/callback'

async function settingsFor(world: World): Promise<object> {
  return {
    authority: `${world.server.url}/${tenantId}`,
    caFile: world.caFile,
    api,
    daemon,
    desktop,
    secret,
    redirectUri,
    scope: READ,
    default: `api://${api}/.default`,
    downstream: `api://${STOCK}/Stock.Read`,
    privateKey: world.certificate.privateKey,
    thumbprint: new X509Certificate(world.certificate.pem).fingerprint.replaceAll(':', ''),
    federatedToken: await world.federatedToken(),
    userToken: await world.entra.issueUserToken({ user: ADA, scopes: ['Orders.Read'] }),
  }
}

/** What the person at the screen does, when the program asks for it. */
async function help(world: World, asked: Readonly<Record<string, unknown>>): Promise<object | undefined> {
  const { visit, userCode } = asked
  if (typeof visit === 'string') {
    const { url } = await new Person(ADA).visit(visit, ({ port }) => port === '3000')
    return Object.fromEntries(url.searchParams)
  }
  if (typeof userCode !== 'string') return undefined
  world.entra.settleDevice(userCode, ADA)
  return {}
}

async function run(world: World, flow: Flow): Promise<Readonly<Record<string, unknown>>> {
  const program = path.join(import.meta.dirname, 'python-msal.py')
  const child = spawn(python, [program, flow], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', SETTINGS: JSON.stringify(await settingsFor(world)) },
  })
  let last: Readonly<Record<string, unknown>> = {}
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line)
    const reply = await help(world, last)
    if (reply !== undefined) child.stdin.write(`${JSON.stringify(reply)}\n`)
  }
  return last
}

const gives =
  (flow: Flow, claims: object) =>
  async (world: World): Promise<void> => {
    const answer = await run(world, flow)
    expect(answer).not.toHaveProperty('error')
    expect(await world.verified(String(answer['access_token']))).toMatchObject(claims)
  }

const ada = { aud: api, azp: desktop, oid: ADA, scp: 'Orders.Read' }

export const client: Client = {
  // A password it hands over at port 443 only: it asks for the realm of the user without the port.
  name: 'python3-msal',
  options: '`authority`, `instance_discovery=False`, `verify="ca.pem"`',
  flows: {
    'authorization code': gives('authorization code', ada),
    refresh: gives('refresh', ada),
    'device code': gives('device code', ada),
    'client secret': gives('client secret', { aud: api, azp: daemon, azpacr: '1' }),
    certificate: gives('certificate', { aud: api, azp: daemon, azpacr: '2' }),
    assertion: gives('assertion', { aud: api, azp: daemon, azpacr: '2' }),
    'on-behalf-of': gives('on-behalf-of', { aud: `api://${STOCK}`, appid: api, oid: ADA }),
  },
}
