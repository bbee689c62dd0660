import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'

import { challengeFor, EntraGuardError, type Verifier } from '@entraguard/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Adapter, Served } from '../contract/adapter.ts'
import type { HostileCase } from './case.ts'
import { cases, categories } from './cases.ts'
import { audience, tenantId, verifierFor } from './forge.ts'

/** Any user or app: what the route of the samples asks. */
const access = { callers: ['user', 'app'] } as const

/** Node's servers take 16 kB of headers; they answer more by themselves, or hang up. */
const maxHeader = 15_000

interface Answer {
  readonly status: number
  readonly challenge: string | null
  readonly text: string
}

/** A token that any HTTP client can put into a header: no line breaks and no other control characters, Latin-1. */
export function isSendable(token: unknown): token is string {
  return typeof token === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(token)
}

/** What core says to this header; the adapter has to say the same, to the letter. */
export async function verdictOf(one: HostileCase): Promise<EntraGuardError | 'accepted'> {
  const { verifier } = verifierFor(one.documents, one.options)
  return await verifier.authenticate(`Bearer ${String(one.token)}`, access).then(
    () => 'accepted' as const,
    (error: unknown) => {
      if (EntraGuardError.is(error)) return error
      throw error
    },
  )
}

/** What came back, where it is not what core says. */
export function mismatch(one: HostileCase, verdict: EntraGuardError | 'accepted', answer: Answer): string[] {
  const told = `${one.id}: ${answer.status} ${answer.challenge ?? ''} ${answer.text.slice(0, 200)}`
  if (verdict === 'accepted') return answer.status === 200 ? [] : [told]
  if (answer.status === 200) return [`ACCEPTED: ${told}`]
  // The server itself refuses headers of this size, before the adapter sees them.
  if (String(one.token).length > maxHeader && [0, 400, 413, 431].includes(answer.status)) return []
  const { status, headers, body } = challengeFor(verdict)
  const isSame =
    answer.status === status &&
    answer.challenge === (headers['www-authenticate'] ?? headers['WWW-Authenticate'] ?? null) &&
    answer.text === JSON.stringify(body)
  return isSame ? [] : [`${told}; core: ${verdict.code}`]
}

/** The table says about tokens; a header adds only that blanks around it do not count and those inside are refused. */
export function agrees(one: HostileCase, verdict: EntraGuardError | 'accepted'): boolean {
  const code = verdict === 'accepted' ? verdict : verdict.code
  if (typeof one.token !== 'string' || one.token === '' || /\s/.test(one.token)) return true
  // A caller that is neither a user nor an app has a valid token, and gets in nowhere.
  return code === one.expected || (one.expected === 'accepted' && code === 'caller_refused')
}

export async function sendToken({ url, fetch: inMemory }: Served, token: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` }
  if (inMemory !== undefined) {
    const response = await inMemory(new Request(`${url}/whoami`, { headers }))
    const { status } = response
    return { status, challenge: response.headers.get('www-authenticate'), text: await response.text() }
  }
  const sent = httpRequest(`${url}/whoami`, { headers, agent: false })
  // A server that has answered too long a header resets the connection while the rest of it is sent.
  sent.on('error', () => {})
  sent.end()
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const challenge = response.headers['www-authenticate'] ?? null
    return { status: response.statusCode ?? 0, challenge, text: Buffer.concat(chunks).toString() }
  } catch {
    return { status: 0, challenge: null, text: 'the connection ended' }
  }
}

/** One app for all cases: the verifier that it has been given passes everything on to that of the case. */
function switchable(): { readonly verifier: Verifier; readonly use: (verifier: Verifier) => void } {
  let current = verifierFor().verifier
  return {
    verifier: {
      ...current,
      verify: (...request: Parameters<Verifier['verify']>) => current.verify(...request),
      authenticate: (...request: Parameters<Verifier['authenticate']>) => current.authenticate(...request),
    },
    use: (next) => void (current = next),
  }
}

/** Every hostile case as a request to an app in this process. */
export function describeHostile(adapter: Adapter): void {
  describe(`hostile input by HTTP: ${adapter.name}`, () => {
    const { verifier, use } = switchable()
    let served: Served
    beforeAll(async () => {
      const environment = { ENTRA_TENANTS: tenantId, ENTRA_AUDIENCE: audience, ENTRA_EMULATOR_URL: '' }
      served = await adapter.start({ verifier, environment })
    })
    afterAll(async () => served?.close())

    it.each(categories)('%s', async (category) => {
      const wrong: string[] = []
      for (const one of cases) {
        if (one.category !== category || !isSendable(one.token)) continue
        const verdict = await verdictOf(one)
        if (!agrees(one, verdict)) wrong.push(`${one.id}: core says otherwise than the table`)
        const world = verifierFor(one.documents, one.options)
        use(world.verifier)
        wrong.push(...mismatch(one, verdict, await sendToken(served, one.token)))
        // HTTP takes blanks around a value away, and with them what was wrong.
        const isWhole = !/\s/.test(one.token)
        if (isWhole && one.beforeAnyFetch === true && world.requested.length > 0)
          wrong.push(`${one.id}: fetched`)
      }
      expect(wrong).toEqual([])
    })

    it('is sent every case that a header can hold', () => {
      const unsendable = cases.filter(({ token }) => !isSendable(token))
      const sent = categories.flatMap((one) =>
        cases.filter(({ category, token }) => category === one && isSendable(token)),
      )
      console.log(`${adapter.name}: ${sent.length} cases; ${unsendable.length} that no HTTP client can send`)
      expect(new Set([...sent, ...unsendable])).toEqual(new Set(cases))
      expect(unsendable.length).toBeLessThan(cases.length / 20)
    })
  })
}
