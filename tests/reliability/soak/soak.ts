import { EntraGuardError, createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { Hono } from 'hono'

import { faults } from '../failure/faults.ts'
import { startProvider, type FaultyProvider } from '../failure/provider.ts'
import { takeReading, type Reading } from './readings.ts'

export interface SoakOptions {
  /** Simulated hours. */
  readonly hours: number
  /** Each comes back through the whole run, with a new token about every hour. */
  readonly users: number
  /** Simulated seconds between two rounds of requests. */
  readonly step: number
  /** Forged key ids in each round. */
  readonly forged: number
  /** Verified tokens that the API remembers. Full after the first hours, or the heap could not be flat. */
  readonly tokenCache: number
  readonly onHour?: (reading: Reading) => void
}

export interface SoakReport {
  readonly valid: number
  readonly validRefused: number
  /** Refused inside a window that the documentation names: a key that signs before it could be known. */
  readonly refusedInWindow: number
  readonly forged: number
  readonly wrongAccepts: number
  readonly rotations: number
  readonly outages: number
  /** Requests of the API to the identity provider. */
  readonly providerRequests: number
  /** One for each simulated hour. */
  readonly readings: readonly Reading[]
}

const hour = 3600
const startAt = Date.UTC(2026, 0, 1)
/** Seconds. Documented: so long may a key stay unknown that signs at once, while forged key ids are sent. */
const minRefreshInterval = 30
/** Seconds, of the longest back-off with its jitter: so long may a key stay unknown after an outage. */
const longestBackOff = 72

/** A day in the life of an API and its identity provider, on real sockets, with a clock that is moved by hand. */
class Soak {
  readonly #options: SoakOptions
  readonly #entra: Emulator
  readonly #provider: FaultyProvider
  readonly #app: Hono
  #second = 0
  #fetching = 0
  #window = 0
  #isDown = false
  #signWith: string | undefined
  readonly #tokens: { token: string; renewAt: number }[] = []
  readonly #report: { -readonly [name in Exclude<keyof SoakReport, 'readings'>]: number } = {
    valid: 0,
    validRefused: 0,
    refusedInWindow: 0,
    forged: 0,
    wrongAccepts: 0,
    rotations: 0,
    outages: 0,
    providerRequests: 0,
  }

  constructor(options: SoakOptions, entra: Emulator, provider: FaultyProvider) {
    this.#options = options
    this.#entra = entra
    this.#provider = provider
    this.#app = appWith(this.#createVerifier())
  }

  async run(): Promise<SoakReport> {
    const { hours, step, onHour } = this.#options
    const readings: Reading[] = []
    for (; this.#second < hours * hour; this.#second += step) {
      await this.#happen()
      await this.#serve()
      await this.#forge()
      await this.#settle()
      this.#entra.advance(step)
      if ((this.#second + step) % hour < step) {
        this.#entra.requests.length = 0
        const reading = takeReading(readings.length + 1)
        readings.push(reading)
        onHour?.(reading)
      }
    }
    return { ...this.#report, readings }
  }

  #createVerifier(): Verifier {
    const { tenants, audience, now } = this.#entra.verifierOptions()
    return createVerifier({
      tenants,
      audience,
      now,
      tokenCache: this.#options.tokenCache,
      keys: { minRefreshInterval },
      fetch: async (url, init) => {
        this.#report.providerRequests++
        this.#fetching++
        const { pathname, search, hostname } = new URL(url)
        // Where nothing fails a busy machine may take its time; where an answer never comes nobody waits for it long.
        const limit = this.#isDown ? [AbortSignal.timeout(250)] : []
        try {
          return await fetch(new URL(pathname + search, this.#provider.url()), {
            ...init,
            signal: AbortSignal.any([...(init.signal ? [init.signal] : []), ...limit]),
            headers: { ...(init.headers as Record<string, string>), 'x-entraguard-host': hostname },
          })
        } finally {
          this.#fetching--
        }
      },
    })
  }

  /** What is planned for this moment: keys that rotate, in turn announced and at once, and outages between. */
  async #happen(): Promise<void> {
    const minute = Math.floor(this.#second / 60)
    if (this.#second % 60 >= this.#options.step) return
    const isAt = (h: number, m: number): boolean => minute % (6 * 60) === h * 60 + m
    if (isAt(3, 0)) await this.#rotate()
    // An announced key signs two hours after documents show it, as Microsoft does it.
    if (isAt(5, 0)) this.#signWith = undefined
    if (isAt(1, 30)) {
      const fault = faults[this.#report.outages++ % faults.length]
      if (fault !== undefined) await this.#provider.fail(fault)
      this.#isDown = true
    }
    if (isAt(2, 30)) {
      await this.#provider.recover()
      this.#isDown = false
      this.#window = this.#second + longestBackOff
    }
  }

  async #rotate(): Promise<void> {
    const { previousKid } = await this.#entra.rotateKeys()
    const isAnnounced = this.#report.rotations++ % 2 === 0
    if (isAnnounced) this.#signWith = previousKid
    else this.#window = this.#second + minRefreshInterval
    const others = (await this.#publishedKids()).slice(0, -2)
    for (const kid of others) this.#entra.retireKey(kid)
  }

  async #publishedKids(): Promise<readonly string[]> {
    const { tenants } = this.#entra.verifierOptions()
    const address = `https://login.microsoftonline.com/${tenants}/discovery/v2.0/keys`
    const { keys } = (await (await this.#entra.fetch(address)).json()) as {
      keys: { kid: string; issuer?: string }[]
    }
    return keys.filter(({ issuer }) => issuer?.includes('{tenantid}') !== false).map(({ kid }) => kid)
  }

  /** Every user about three times an hour, a share of them in each round. */
  async #serve(): Promise<void> {
    const { users, step } = this.#options
    const round = Math.floor(this.#second / step)
    const share = Math.ceil((users * step) / (hour / 3))
    for (let index = 0; index < share; index++) await this.#serveUser((round * share + index) % users)
  }

  async #serveUser(user: number): Promise<void> {
    let held = this.#tokens[user]
    if (held === undefined || held.renewAt <= this.#second) {
      held = { token: await this.#issue(user), renewAt: this.#second + 3000 + (user % 600) }
      this.#tokens[user] = held
    }
    this.#report.valid++
    if ((await this.#send(held.token)) === 200) return
    if (this.#second <= this.#window) this.#report.refusedInWindow++
    else this.#report.validRefused++
  }

  async #issue(user: number): Promise<string> {
    const oid = `00000000-0000-4000-8000-${user.toString(16).padStart(12, '0')}`
    return await this.#entra.issueUserToken({
      scopes: ['Orders.Read'],
      claims: { oid, sub: `subject-${user}` },
      ...(this.#signWith !== undefined && { signWith: this.#signWith }),
    })
  }

  /** Key ids that nobody has ever seen, each another. */
  async #forge(): Promise<void> {
    const genuine = this.#tokens.find((one) => one !== undefined)?.token
    const [, payload = '', signature = ''] = genuine?.split('.') ?? []
    for (let index = 0; index < this.#options.forged; index++) {
      const kid = `forged-${this.#second}-${index}`
      const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid })).toString('base64url')
      this.#report.forged++
      if ((await this.#send(`${header}.${payload}.${signature}`)) === 200) this.#report.wrongAccepts++
    }
  }

  async #send(token: string): Promise<number> {
    const response = await this.#app.request('/orders', { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    return response.status
  }

  /** The clock moves on when nothing is under way: a request to the provider takes real time, not simulated hours. */
  async #settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (this.#fetching > 0)
  }
}

function appWith(verifier: Verifier): Hono {
  const app = new Hono()
  app.get('/orders', entraGuard(verifier), requireAccess({ scopes: ['Orders.Read'] }), (c) =>
    c.text('orders'),
  )
  app.onError((error) => {
    if ('getResponse' in error && EntraGuardError.is(error.cause)) return error.getResponse()
    throw error
  })
  return app
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const entra = await createEmulator({ now: () => startAt })
  const plain = await listen(entra)
  const secure = await listen(entra, { https: true })
  const upstream = { plain: plain.url, secure: secure.url, elsewhere: 'http://127.0.0.1:9' }
  const provider = await startProvider(upstream)
  try {
    return await new Soak(options, entra, provider).run()
  } finally {
    await Promise.all([provider.close(), plain.close(), secure.close()])
  }
}
