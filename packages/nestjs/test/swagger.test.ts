import 'reflect-metadata'
import { Access, Public } from '@entraguard/nestjs'
import { applyDecorators, Controller, Get, type Type } from '@nestjs/common'
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiUnauthorizedResponse,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger'
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

/** What `@nestjs/swagger` reads of a class or of a method. */
const docsOf = (target: object): Record<string, unknown> =>
  Object.fromEntries(
    Reflect.getMetadataKeys(target)
      .filter((key) => String(key).startsWith('swagger/'))
      .map((key) => [String(key), Reflect.getMetadata(key, target) as unknown]),
  )
const methodOf = (type: Type): object => type.prototype.method as object

it('@Access writes what the decorators of @nestjs/swagger write, which have no promise to keep their keys', () => {
  const unauthorized = { description: 'The access token is missing or not valid for this API.' }
  const forbidden = { description: 'The access token does not permit this operation.' }
  const Documented = (): ReturnType<typeof applyDecorators> =>
    applyDecorators(ApiBearerAuth(), ApiUnauthorizedResponse(unauthorized), ApiForbiddenResponse(forbidden))
  @Documented()
  class ByHand {
    @Documented()
    @ApiBasicAuth()
    @ApiOkResponse({ description: 'Read.' })
    method(): void {}
  }
  @Access({ scopes: ['Orders.Read'] })
  class ByAccess {
    @Access({ scopes: ['Orders.Read'] })
    @ApiBasicAuth()
    @ApiOkResponse({ description: 'Read.' })
    method(): void {}
  }
  expect(docsOf(ByAccess)).toEqual(docsOf(ByHand))
  expect(docsOf(methodOf(ByAccess))).toEqual(docsOf(methodOf(ByHand)))
  expect(Object.keys(docsOf(ByAccess))).toHaveLength(2)
})

it('what the application itself says of a refusal stays, above and below @Access', async () => {
  @Controller('said')
  class Said {
    @Get('above')
    @ApiForbiddenResponse({ description: 'Ask Grace.' })
    @Access({ scopes: ['Orders.Read'] })
    above(): void {}
    @Get('below')
    @Access({ scopes: ['Orders.Read'] })
    @ApiForbiddenResponse({ description: 'Ask Grace.' })
    below(): void {}
  }
  const { app } = await start({ controllers: [Said] })
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  for (const path of ['/said/above', '/said/below'])
    expect(paths[path]?.get?.responses).toMatchObject({
      401: { description: expect.stringContaining('missing') as string },
      403: { description: expect.stringContaining('Ask Grace.') as string },
    })
})
