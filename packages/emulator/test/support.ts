import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'

import { selfSignedCertificate } from '../src/keys/certificate.ts'
import type { Emulator } from '../src/index.ts'

const execute = promisify(execFile)

/** The claims of a token, after its signature was checked with the keys that its own issuer's documents show. */
export async function verified(entra: Emulator, token: string, metadata?: string): Promise<JWTPayload> {
  const [, payload = ''] = token.split('.')
  const { tid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { tid: string }
  const url = metadata ?? `https://login.microsoftonline.com/${tid}/v2.0/.well-known/openid-configuration`
  const document = (await (await entra.fetch(url)).json()) as { jwks_uri: string }
  const keys = (await (await entra.fetch(document.jwks_uri)).json()) as JSONWebKeySet
  return (await jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(entra.now()) })).payload
}

export interface ClientCertificate {
  readonly certificate: string
  readonly privateKey: string
}

const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}/g, '$&\n')
    .trim()}\n-----END ${label}-----\n`

/** A certificate as one would upload it to an app registration, with its key. */
export async function clientCertificate(): Promise<ClientCertificate> {
  const keys = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    },
    true,
    ['sign', 'verify'],
  )
  const now = Math.floor(Date.now() / 1000)
  const certificate = await selfSignedCertificate({
    name: 'orders-daemon',
    keys,
    notBefore: now - 60,
    notAfter: now + 3600,
  })
  const privateKey = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { certificate: pem('CERTIFICATE', certificate), privateKey: pem('PRIVATE KEY', privateKey) }
}

/**
 * Runs a program of `clients/` in a Node process of its own: a client's trust in a certificate authority is set by
 * `NODE_EXTRA_CA_CERTS`, which Node reads only when it starts. Gives what the program printed as JSON.
 */
export async function runClient(
  name: string,
  settings: unknown,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const file = path.join(import.meta.dirname, 'clients', name)
  const { PATH = '', HOME = '' } = process.env
  const { stdout } = await execute(process.execPath, [file], {
    env: { PATH, HOME, ...env, SETTINGS: JSON.stringify(settings) },
    timeout: 240_000,
  })
  return JSON.parse(stdout) as Record<string, string>
}
