import 'reflect-metadata'
import { getVerifierToken } from '@entraguard/nestjs'
import type { INestApplication } from '@nestjs/common'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'

import type { Adapter } from './adapter.ts'
import { describeAdapter } from './index.ts'

/** The sample API on both platforms, on whatever version of Nest `@nestjs/*` is. */
export function nestAdapters(version: string): readonly Adapter[] {
  return ['Express', 'Fastify'].map((platform) => ({
    name: `${version} on ${platform}`,
    runs: 'on a socket',
    async start({ verifier, environment }) {
      // The module reads its variables when it is imported; the verifier that they make is replaced.
      Object.assign(process.env, environment)
      const { AppModule } = await import('nest-api/src/app.module.ts')
      const module = await Test.createTestingModule({ imports: [AppModule] })
        .overrideProvider(getVerifierToken())
        .useValue(verifier)
        .compile()
      const app: INestApplication =
        platform === 'Fastify'
          ? module.createNestApplication(new FastifyAdapter())
          : module.createNestApplication()
      await app.listen(0, '127.0.0.1')
      return { url: await app.getUrl(), close: async () => app.close() }
    },
  }))
}

export function describeNest(version: string): void {
  for (const adapter of nestAdapters(version)) describeAdapter(adapter)
}
