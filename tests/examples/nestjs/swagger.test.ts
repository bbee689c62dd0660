import 'reflect-metadata'

import type { OpenAPIObject } from '@nestjs/swagger'
import { Test } from '@nestjs/testing'
import { expect, onTestFinished, test } from 'vitest'

import { DocumentedModule, serveDocument } from './swagger.ts'

test('the document of a guarded API names the scheme that Swagger UI signs in by', async () => {
  const module = await Test.createTestingModule({ imports: [DocumentedModule] }).compile()
  const app = module.createNestApplication({ logger: false })
  serveDocument(app, '33333333-3333-4333-8333-333333333333')
  await app.listen(0, '127.0.0.1')
  onTestFinished(async () => app.close())
  const url = await app.getUrl()
  const { paths, components } = (await (await fetch(`${url}/docs-json`)).json()) as OpenAPIObject
  expect(Object.keys(components?.securitySchemes ?? {})).toStrictEqual(['oauth2'])
  expect(paths['/orders']?.get?.security).toStrictEqual([{ oauth2: [] }])
  expect(paths['/orders/health']?.get?.security).toBeUndefined()
  expect((await fetch(`${url}/docs`)).status).toBe(200)
})
