import 'reflect-metadata'
import { Access, Public } from '@entraguard/nestjs'
import { Controller, Get } from '@nestjs/common'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'
import { expect, it } from 'vitest'

import { start } from './app.ts'

@Controller()
class DocumentedController {
  @Get('read')
  @Access({ scopes: ['Orders.Read'] })
  @Access({ callers: ['user'] })
  read(): void {}
  @Get('open')
  @Public()
  open(): void {}
}
@Controller('all')
@Access({ scopes: ['Orders.Read'] })
class DocumentedClass {
  @Get()
  all(): void {}
}

it('@Access documents the bearer token and the refusals, on methods and classes', async () => {
  const { app } = await start({ controllers: [DocumentedController, DocumentedClass] })
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  for (const path of ['/read', '/all']) {
    expect(paths[path]?.get).toMatchObject({
      security: [{ bearer: [] }],
      responses: { 401: { description: expect.stringContaining('token') as string }, 403: {} },
    })
  }
  expect(paths['/open']?.get?.security).toBeUndefined()
  expect(Object.keys(paths['/open']?.get?.responses ?? {})).toStrictEqual(['200'])
})
