import 'reflect-metadata'
import { createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { EntraGuardModule, type EntraGuardModuleExtras } from '@entraguard/nestjs'
import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Test, type TestingModule } from '@nestjs/testing'
import { onTestFinished } from 'vitest'

export const platforms = ['express', 'fastify'] as const
export type Platform = (typeof platforms)[number]

/** What a test needs: the app on a socket, and who issues its tokens. */
export interface Started {
  readonly app: INestApplication
  readonly entra: Emulator
  readonly url: string
  readonly get: (
    path: string,
    token?: string,
    init?: { method?: string; headers?: Record<string, string> },
  ) => Promise<Response>
}

/** Tests of refusals would fill the screen. */
export const silent: LoggerService = { log() {}, warn() {}, error() {} }

/** A Nest application made of a class and providers, that trusts an emulator of its own. */
export async function compile(
  metadata: ModuleMetadata,
  extras: EntraGuardModuleExtras = {},
  verifier?: Verifier,
): Promise<{ readonly module: TestingModule; readonly entra: Emulator }> {
  const entra = await createEmulator()
  const imports = [
    EntraGuardModule.forRoot({ verifier: verifier ?? createVerifier(entra.verifierOptions()), ...extras }),
    ...(metadata.imports ?? []),
  ]
  const module = await Test.createTestingModule({ ...metadata, imports })
    .setLogger(silent)
    .compile()
  return { module, entra }
}

/** Listens until the test ends. */
export async function listen(
  module: TestingModule,
  platform: Platform = 'express',
  prepare: (app: INestApplication) => void | Promise<void> = () => undefined,
): Promise<{ readonly app: INestApplication; readonly url: string }> {
  const app: INestApplication =
    platform === 'fastify'
      ? module.createNestApplication(new FastifyAdapter())
      : module.createNestApplication()
  await prepare(app)
  await app.listen(0, '127.0.0.1')
  onTestFinished(async () => app.close())
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') }
}

export async function start(
  metadata: ModuleMetadata,
  {
    platform,
    prepare,
    verifier,
    ...extras
  }: EntraGuardModuleExtras & {
    readonly platform?: Platform
    readonly prepare?: (app: INestApplication) => void
    readonly verifier?: Verifier
  } = {},
): Promise<Started> {
  const { module, entra } = await compile(metadata, extras, verifier)
  const { app, url } = await listen(module, platform, prepare)
  return {
    app,
    entra,
    url,
    get: async (path, token, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      }),
  }
}

export const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status
