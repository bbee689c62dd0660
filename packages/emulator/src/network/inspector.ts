import { clouds } from '../directory/clouds.ts'
import { json } from '../http/responses.ts'
import { isGuid } from '../values/encoding.ts'
import { hasMembers, isOneOf, isRecord, isText, type Body } from '../values/shape.ts'
import { isLoopback } from './emulator-fetch.ts'
import { answerPortal, type FindPortalFile } from './portal.ts'
import { refuseForm, refuseOtherSite } from './same-origin.ts'

/** What the inspector alone knows. */
export interface InspectorWorld {
  readonly findPortalFile: FindPortalFile
  readonly fetch: ((address: string) => Promise<Response>) | undefined
  /** A token that waits for the page that knows the code. */
  waiting: { readonly code: string; readonly token: string } | undefined
}

/** Where each cloud signs people in: the emulator's own clouds, and those that it does not speak for. */
const hosts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(clouds).map(({ name, loginHost }) => [name, loginHost])),
  bleu: 'login.sovcloud-identity.fr',
  delos: 'login.sovcloud-identity.de',
  govsg: 'login.sovcloud-identity.sg',
}

const checkKeysRequest = hasMembers({
  tenant: isText,
  cloud: isOneOf(...Object.keys(hosts)),
  appId: isText,
})

/** Keys of a tenant are a page or two. */
const MOST_CHARACTERS = 262_144

/** @throws {TypeError} as soon as it is longer than a document of this kind can be. */
async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MOST_CHARACTERS) throw new TypeError('The answer is longer than keys can be')
  }
  return text + decoder.decode()
}

/** A document of Microsoft, by an address that is made of a cloud of the table and a GUID, and of nothing else. */
async function readDocument(fetch: (address: string) => Promise<Response>, address: string): Promise<Body> {
  const response = await fetch(address)
  const body: unknown = JSON.parse(await readBounded(response))
  if (!response.ok || !isRecord(body))
    throw new TypeError(`${address} answered with status ${response.status}`)
  return body
}

async function fetchKeys({ fetch }: InspectorWorld, body: Body): Promise<Response> {
  if (fetch === undefined) throw new TypeError('This inspector fetches nothing: paste the keys')
  checkKeysRequest(body, '')
  const { tenant, cloud = 'public', appId = '' } = body
  if (!isGuid(String(tenant)) || (appId !== '' && !isGuid(String(appId))))
    throw new TypeError('tenant and appId must be GUIDs')
  const query = appId === '' ? '' : `?appid=${String(appId)}`
  return json(
    await readDocument(
      fetch,
      `https://${hosts[String(cloud)]}/${String(tenant)}/discovery/v2.0/keys${query}`,
    ),
  )
}

function handOver(world: InspectorWorld, body: Body): Response {
  const { waiting } = world
  if (waiting === undefined || body['code'] !== waiting.code) return json({ token: null })
  world.waiting = undefined
  return json({ token: waiting.token })
}

/** Answers the page of the inspector, and what it asks for: the token that was given at the start, and keys. */
export async function answerInspector(world: InspectorWorld, request: Request): Promise<Response> {
  const url = new URL(request.url)
  // A page whose name was made to resolve to 127.0.0.1 arrives with its own Host: DNS rebinding.
  if (!isLoopback(url.hostname)) return json({ error: 'Use a loopback address' }, 403)
  const file = await answerPortal(request, 'inspector', world.findPortalFile)
  if (file !== undefined && file.status !== 404) return file
  if (request.method !== 'POST') return json({ error: `There is no ${url.pathname}` }, 404)
  const refusal = refuseOtherSite(request, url) ?? refuseForm(request)
  if (refusal !== undefined) return refusal
  try {
    const body: unknown = await request.json()
    if (!isRecord(body)) throw new TypeError('The body must be a JSON object')
    if (url.pathname === '/__inspector/token') return handOver(world, body)
    if (url.pathname === '/__inspector/keys') return await fetchKeys(world, body)
    return json({ error: `There is no ${url.pathname}` }, 404)
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : 'Refused' }, 400)
  }
}
