import type { Emulator } from '../emulator-interface.ts'
import { readConditionalAccess } from '../directory/option-shapes.ts'
import { json } from '../http/responses.ts'
import { isNumber, isRecord, isText, type Body } from '../values/shape.ts'
import { refuseForm, refuseOtherSite } from './same-origin.ts'
import { sendToApi, type AskApi, type LocalApi } from './local-apis.ts'
import type { Traffic } from './traffic.ts'
import { withRemovals } from './removals.ts'

/** What the endpoints know beside the emulator. */
export interface ControlWorld {
  readonly traffic: Traffic
  readonly apis: readonly LocalApi[]
  readonly askApi: AskApi
}

const PREFIX = '/__emulator/'
/** Says only that the emulator is running, for containers and scripts that wait for it. */
const HEALTH = '/__emulator/health'

const kinds = ['user', 'app', 'b2c', 'id'] as const

async function issue(entra: Emulator, body: Body): Promise<Response> {
  const { kind = 'user', ...options } = body
  const known = kinds.find((one) => one === kind)
  const token = withRemovals(options)
  switch (known) {
    case 'user':
      return json({ token: await entra.issueUserToken(token) })
    case 'app':
      return json({ token: await entra.issueAppToken(token) })
    case 'b2c':
      return json({ token: await entra.issueB2cToken(token) })
    case 'id':
      return json({ token: await entra.issueIdToken(token) })
    case undefined:
      throw new TypeError(`kind must be one of ${kinds.join(', ')}`)
  }
}

function requireString(body: Body, name: string): string {
  isText(body[name], name)
  return String(body[name])
}

const done = (): Response => json({ ok: true })

const actions: Readonly<
  Record<
    string,
    (entra: Emulator, body: Body, world: ControlWorld, signal: AbortSignal) => Response | Promise<Response>
  >
> = {
  token: issue,
  rotate: async (entra, body) => json(await entra.rotateKeys(body)),
  retire: (entra, body) => (entra.retireKey(requireString(body, 'kid')), done()),
  restore: (entra, body) => (entra.restoreKey(requireString(body, 'kid')), done()),
  offline: (entra) => (entra.goOffline(), done()),
  online: (entra) => (entra.goOnline(), done()),
  disturb: (entra, body) => (entra.disturb(body), done()),
  calm: (entra) => (entra.calm(), done()),
  'next-token': (entra, body) => (entra.nextToken(withRemovals(body)), done()),
  'next-response': (entra, body) => (entra.nextResponse(body), done()),
  send: async (_, body, { askApi }, signal) => json(await sendToApi(askApi, body, signal)),
  'clear-requests': (entra) => (entra.requests.clear(), done()),
  register: (entra, body) => (entra.register(body), json(entra.registrations())),
  unregister: (entra, body) => json({ removed: entra.unregister(requireString(body, 'id')) }),
  'withdraw-consent': (entra, body) =>
    json({ removed: entra.consents.withdraw(requireString(body, 'clientId')) }),
  policy: (entra, body) => json({ id: entra.conditionalAccess.add(readConditionalAccess(body)) }),
  'remove-policy': (entra, body) =>
    json({ removed: entra.conditionalAccess.remove(requireString(body, 'id')) }),
  device: (entra, body) => {
    const waited = entra.settleDevice(requireString(body, 'userCode'), requireString(body, 'user'))
    if (!waited) throw new TypeError('userCode: no device waits with this code')
    return done()
  },
  advance: (entra, body) => {
    isNumber(body['seconds'], 'seconds')
    entra.advance(Number(body['seconds']))
    return json({ now: entra.now() })
  },
}

const readings: Readonly<
  Record<string, (entra: Emulator, world: ControlWorld, query: URLSearchParams) => unknown>
> = {
  requests: (entra) => entra.requests,
  status,
  registrations: (entra) => entra.registrations(),
  keys: (entra) => entra.keys(),
  consents: (entra) => entra.consents.given(),
  apis: (_, { apis }) => apis,
  traffic: (_, { traffic }, query) => traffic.after(Number(query.get('after') ?? 0)),
}

async function readBody(request: Request): Promise<Body> {
  const text = await request.text()
  const body: unknown = text === '' ? {} : JSON.parse(text)
  if (!isRecord(body)) throw new TypeError('The body must be a JSON object')
  return body
}

/**
 * The emulator's own endpoints below `/__emulator/`: `POST token`, `rotate`, `retire`, `restore`, `offline`,
 * `online`, `advance`, `disturb`, `calm`, `next-token`, `next-response`, `policy`, `remove-policy`,
 * `device`, `register`, `unregister`, `withdraw-consent`, `clear-requests`, `send`, and `GET requests`, `status`,
 * `registrations`, `keys`, `consents`, `traffic`, `apis`, `health`. `undefined` for any other path.
 *
 * A web page that happens to be open must not be able to mint tokens: a request that a browser sends for another
 * origin is refused, and every change must be JSON, which a page cannot send across origins unasked.
 */
export async function answerControl(
  entra: Emulator,
  request: Request,
  world: ControlWorld,
): Promise<Response | undefined> {
  const url = new URL(request.url)
  if (!url.pathname.startsWith(PREFIX)) return undefined
  if (url.pathname === HEALTH) return json({ status: 'ok' })
  const refusal = refuseOtherSite(request, url)
  if (refusal !== undefined) return refusal
  const name = url.pathname.slice(PREFIX.length)
  const read = request.method === 'GET' && Object.hasOwn(readings, name) ? readings[name] : undefined
  if (read !== undefined) return json(read(entra, world, url.searchParams))
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined) return json({ error: `There is no ${url.pathname}` }, 404)
  if (request.method !== 'POST') return json({ error: 'Use POST' }, 405, { allow: 'POST' })
  const form = refuseForm(request)
  if (form !== undefined) return form
  try {
    return await action(entra, await readBody(request), world, request.signal)
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : 'Refused' }, 400)
  }
}

function status(entra: Emulator): Body {
  const { directory } = entra
  return {
    now: entra.now(),
    offline: entra.isOffline(),
    tenants: directory.tenants.map(({ id, name, domains, kind, host, cloud, policies }) => ({
      id,
      name,
      domains,
      kind,
      host,
      cloud: cloud.name,
      policies: policies.map((policy) => policy.name),
    })),
    apps: directory.apps.map(({ clientId, name, tenantId, appIdUri, scopes, appRoles }) => ({
      clientId,
      name,
      tenantId,
      appIdUri,
      scopes,
      appRoles,
    })),
    users: directory.users.map(({ id, tenantId, name, userPrincipalName, guestFrom }) => ({
      id,
      tenantId,
      name,
      userPrincipalName,
      guestFrom,
    })),
    groups: directory.groups.map(({ id, tenantId, name, members }) => ({ id, tenantId, name, members })),
  }
}
