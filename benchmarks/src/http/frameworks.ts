import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

/**
 * Each framework with no authentication, with Entraguard, and with what people use there today. The goals: so many per
 * cent of the throughput without authentication, and so many microseconds of CPU more than an empty guard.
 */
export const frameworks = [
  { name: 'Hono', file: 'hono.ts', usual: 'hono/jwk, given keys', share: 80, beyond: 2 },
  { name: 'Express', file: 'express.ts', usual: 'express-oauth2-jwt-bearer', share: 88, beyond: 3 },
  { name: 'Fastify', file: 'fastify.ts', usual: '@fastify/jwt + get-jwks', share: 85, beyond: 3 },
  {
    name: 'Nest on Express',
    file: 'nest-express.ts',
    usual: 'passport-jwt + jwks-rsa',
    share: 85,
    beyond: 4,
  },
  {
    name: 'Nest on Fastify',
    file: 'nest-fastify.ts',
    usual: 'passport-jwt + jwks-rsa',
    share: 85,
    beyond: 4,
  },
  { name: 'Next, App Router', file: 'next.ts', usual: 'jose, remote keys', share: 85, beyond: 5 },
] as const

export type Framework = (typeof frameworks)[number]

/** The application with a path for each variant, built once. */
export async function buildNext(): Promise<void> {
  const command = [createRequire(import.meta.url).resolve('next/dist/bin/next'), 'build']
  // A build runs the routes, which make their verifiers; the server reads its own setting when it starts.
  const setting = {
    tenantId: crypto.randomUUID(),
    audience: crypto.randomUUID(),
    keysUrl: 'https://keys.invalid/',
  }
  await promisify(execFile)(process.execPath, [...command, path.join(import.meta.dirname, '../../next')], {
    env: { ...process.env, BENCH: JSON.stringify(setting) },
  })
}
