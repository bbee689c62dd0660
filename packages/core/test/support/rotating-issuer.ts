import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

import {
  createVerifier,
  EntraGuardError,
  type Verifier,
  type VerifierEvent,
  type VerifierOptions,
} from '../../src/index.ts'

export const tenant = '11111111-1111-4111-8111-111111111111'
export const otherTenant = '33333333-3333-4333-8333-333333333333'
export const audience = '22222222-2222-4222-8222-222222222222'
export const loginHost = 'https://login.microsoftonline.com'

/** A key with its private half. The emulator chooses its own key ids; here a test chooses them. */
export interface IssuerKey {
  readonly kid: string
  readonly jwk: Readonly<Record<string, unknown>>
  readonly privateKey: KeyObject
}

export function makeKey(kid: string, members: Readonly<Record<string, unknown>> = {}): IssuerKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { n, e } = publicKey.export({ format: 'jwk' })
  return { kid, jwk: { kty: 'RSA', use: 'sig', kid, n, e, ...members }, privateKey }
}

export interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly expiresIn?: number
}

/** Answers like Entra ID, from what a test puts into it, and keeps a clock that only the test moves. */
export class Issuer {
  /** Milliseconds since the epoch. */
  time: number = Date.UTC(2026, 0, 15)
  keys: readonly IssuerKey[]
  tenant: string = tenant
  metadata: Readonly<Record<string, unknown>> = {}
  /** When set, answers in the place of the documents; `undefined` leaves a request to them. */
  answer: ((url: string, init: RequestInit) => Promise<Response> | Response | undefined) | undefined
  readonly requests: string[] = []
  readonly events: VerifierEvent[] = []

  constructor(...keys: readonly IssuerKey[]) {
    this.keys = keys
  }

  readonly now = (): number => this.time

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requests.push(url)
    return (await this.answer?.(url, init)) ?? this.respond(url)
  }

  respond(url: string): Response {
    if (!isMetadata(url)) return Response.json({ keys: this.keys.map(({ jwk }) => jwk) })
    const path = new URL(url).pathname.split('/')[1] ?? ''
    const issuer = ['organizations', 'common'].includes(path) ? '{tenantid}' : this.tenant
    return Response.json({
      issuer: `${loginHost}/${issuer}/v2.0`,
      jwks_uri: `${loginHost}/${path}/discovery/v2.0/keys`,
      cloud_instance_name: 'microsoftonline.com',
      msgraph_host: 'graph.microsoft.com',
      ...this.metadata,
    })
  }

  advance(seconds: number): void {
    this.time += seconds * 1000
  }

  goOffline(): void {
    this.answer = () => {
      throw new TypeError('fetch failed')
    }
  }

  /** From now on an answer says what is true when it is asked for, and arrives when the gate opens. */
  holdAnswers(): Gate {
    const gate = new Gate()
    this.answer = async (url) => {
      const old = this.respond(url)
      await gate.opened
      return old
    }
    return gate
  }

  goOnline(): void {
    this.answer = undefined
  }

  get keyRequests(): number {
    return this.requests.filter((url) => !isMetadata(url)).length
  }

  get metadataRequests(): number {
    return this.requests.filter(isMetadata).length
  }

  options(changes: Partial<VerifierOptions> = {}): VerifierOptions {
    const { fetch, now } = this
    return { tenants: tenant, audience, fetch, now, onEvent: (event) => this.events.push(event), ...changes }
  }

  verifier(changes: Partial<VerifierOptions> = {}): Verifier {
    return createVerifier(this.options(changes))
  }

  /** A v2.0 access token of a user. Each is another string than the one before. */
  token(key: IssuerKey, { claims = {}, expiresIn = 3600 }: TokenOptions = {}): string {
    const seconds = Math.floor(this.time / 1000)
    const payload = {
      aud: audience,
      iss: `${loginHost}/${tenant}/v2.0`,
      iat: seconds,
      nbf: seconds,
      exp: seconds + expiresIn,
      azp: '44444444-4444-4444-8444-444444444444',
      oid: '55555555-5555-4555-8555-555555555555',
      sub: 'subject',
      scp: 'Orders.Read',
      tid: tenant,
      uti: randomBytes(12).toString('base64url'),
      ver: '2.0',
      ...claims,
    }
    const input = `${encode({ typ: 'JWT', alg: 'RS256', kid: key.kid })}.${encode(payload)}`
    return `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}`
  }

  /** A token under a key id of the attacker's choice, with a signature that nobody made. */
  forged(kid: string, claims: Readonly<Record<string, unknown>> = {}): string {
    const [, payload = ''] = this.token(forger, { claims }).split('.')
    return `${encode({ typ: 'JWT', alg: 'RS256', kid })}.${payload}.${randomBytes(256).toString('base64url')}`
  }
}

export function isMetadata(url: string): boolean {
  return new URL(url).pathname.endsWith('/.well-known/openid-configuration')
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const forger = makeKey('forger')

/** The refusal that work ends in. Fails when it ends in anything else. */
export async function refusalOf(work: Promise<unknown>): Promise<EntraGuardError> {
  let outcome: unknown
  try {
    outcome = await work
  } catch (error) {
    if (EntraGuardError.is(error)) return error
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(outcome)}`)
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await refusalOf(work)).code
}

const threads = Array.from({ length: 4 }, () => new Uint8Array(1))

/** Lets everything run that needs no more than promises and WebCrypto; no time passes for the code under test. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    // The four threads of WebCrypto take up their work in its order.
    if (turn % 10 === 0) await Promise.all(threads.map((thread) => crypto.subtle.digest('SHA-256', thread)))
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** A promise that a test settles by hand. */
export class Gate {
  readonly opened: Promise<void>
  #open: (() => void) | undefined

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open?.()
  }
}
