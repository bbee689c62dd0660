import 'reflect-metadata'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  EntraGuardModule,
  Public,
  UseVerifier,
  type EntraGuardModuleExtras,
} from '@entraguard/nestjs'
import { Controller, Get, Module, Post, type Type } from '@nestjs/common'
import { LazyModuleLoader } from '@nestjs/core'
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOAuth2,
  ApiUnauthorizedResponse,
  DocumentBuilder,
  SwaggerModule,
  type OpenAPIObject,
} from '@nestjs/swagger'
import { expect, it, onTestFinished } from 'vitest'

import { compile, start } from './app.ts'

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

it('@Access documents the bearer token, and the refusals where all routes of a class are guarded', async () => {
  const { app } = await start({ controllers: [DocumentedController, DocumentedClass] })
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  expect(paths['/all']?.get).toMatchObject({
    security: [{ bearer: [] }],
    responses: { 200: {}, 401: { description: expect.stringContaining('token') as string }, 403: {} },
  })
  expect(paths['/read']?.get?.security).toStrictEqual([{ bearer: [] }])
  expect(Object.keys(paths['/read']?.get?.responses ?? {})).toStrictEqual(['200'])
  expect(paths['/open']?.get?.security).toBeUndefined()
  expect(Object.keys(paths['/open']?.get?.responses ?? {})).toStrictEqual(['200'])
})

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>

/** What the document says of each route. */
async function operationsOf(
  controllers: Type[],
  extras: EntraGuardModuleExtras = {},
): Promise<Record<string, Operation>> {
  const { app } = await start({ controllers }, extras)
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, { get, post }]) => {
      const operation = get ?? post
      return operation === undefined ? [] : [[path, operation] as const]
    }),
  )
}

const named = (operation?: Operation): object => ({ ...operation, operationId: '', tags: [] })

it('what is written is what the decorators of @nestjs/swagger write, which have no promise to keep their keys', async () => {
  @Controller('class')
  @ApiBearerAuth()
  @ApiUnauthorizedResponse({ description: 'The access token is missing or not valid for this API.' })
  @ApiForbiddenResponse({ description: 'The access token does not permit this operation.' })
  class ByHand {
    @Get()
    list(): void {}
  }
  @Controller('class')
  @Access({ scopes: ['Orders.Read'] })
  class ByAccess {
    @Get()
    list(): void {}
  }
  const [byHand, byAccess] = [
    await operationsOf([ByHand], { guard: 'manual' }),
    await operationsOf([ByAccess], { guard: 'manual' }),
  ]
  expect(byHand['/class']?.security).toStrictEqual([{ bearer: [] }])
  expect(named(byAccess['/class'])).toEqual(named(byHand['/class']))
})

@Controller('all')
class Guarded {
  @Get()
  list(): string {
    return 'list'
  }
  @Post('new')
  add(): void {}
}
@Controller('some')
class SomeOpen {
  @Get()
  list(): string {
    return 'list'
  }
  @Get('open')
  @Public()
  open(): string {
    return 'open'
  }
  @Get('shop')
  @Access({ scopes: ['Orders.Read'] }, { optional: true })
  shop(): string {
    return 'shop'
  }
}

it('routes under the global guard are marked too, and keep the success that Swagger finds for itself', async () => {
  const operations = await operationsOf([Guarded, SomeOpen])
  expect(operations['/all']?.security).toStrictEqual([{ bearer: [] }])
  expect(Object.keys(operations['/all']?.responses ?? {})).toStrictEqual(['200', '401', '403'])
  expect(Object.keys(operations['/all/new']?.responses ?? {})).toStrictEqual(['201', '401', '403'])
  expect(operations['/some']?.security).toStrictEqual([{ bearer: [] }])
  expect(Object.keys(operations['/some']?.responses ?? {})).toStrictEqual(['200'])
  expect(operations['/some/open']?.security).toBeUndefined()
  expect(Object.keys(operations['/some/open']?.responses ?? {})).toStrictEqual(['200'])
  expect(operations['/some/shop']?.security).toStrictEqual([{}, { bearer: [] }])
})

it("with guard: 'manual' only those that ask are marked, also after the same class stood under a global guard", async () => {
  @Controller('basic')
  class Basic {
    @Get()
    @ApiBasicAuth()
    list(): void {}
  }
  const global = await operationsOf([Guarded, SomeOpen, Basic])
  expect(global['/basic']?.security).toStrictEqual([{ basic: [] }, { bearer: [] }])
  const operations = await operationsOf([SomeOpen, Basic], { guard: 'manual' })
  expect(operations['/some']?.security).toBeUndefined()
  expect(operations['/some/shop']?.security).toStrictEqual([{}, { bearer: [] }])
  expect(operations['/basic']?.security).toStrictEqual([{ basic: [] }])
})

it('the scheme has the name that forRoot is given, once, and false documents nothing', async () => {
  @Controller('named')
  class Named {
    @Get()
    @Access({ scopes: ['Orders.Read'] })
    list(): void {}
    @Get('own')
    @ApiOAuth2(['api://orders/Orders.Read'])
    own(): void {}
    @Get('basic')
    @ApiBasicAuth()
    basic(): void {}
  }
  const oauth2 = await operationsOf([Named], { swagger: 'oauth2' })
  expect(oauth2['/named']?.security).toStrictEqual([{ oauth2: [] }])
  expect(oauth2['/named/own']?.security).toStrictEqual([{ oauth2: ['api://orders/Orders.Read'] }])
  expect(oauth2['/named/basic']?.security).toStrictEqual([{ basic: [] }, { oauth2: [] }])
  @Controller('unnamed')
  @Access({ scopes: ['Orders.Read'] })
  class Unnamed {
    @Get()
    @Access({ scopes: ['Orders.Write'] })
    list(): void {}
  }
  const nothing = (await operationsOf([Unnamed], { swagger: false }))['/unnamed']
  expect(nothing?.security).toBeUndefined()
  expect(Object.keys(nothing?.responses ?? {})).toStrictEqual(['200'])
  for (const unsaid of [{}, { swagger: undefined }])
    expect((await operationsOf([Unnamed], unsaid))['/unnamed']?.security).toStrictEqual([{ bearer: [] }])
})

it.each(['', true, 7, {}])('a name that is none (%o) is refused where it is written', (swagger) => {
  expect(() =>
    EntraGuardModule.forRoot({
      tenants: 'organizations',
      audience: 'https://a.b',
      swagger: swagger as never,
    }),
  ).toThrow(TypeError)
})

it('what several verifiers guard has the scheme of each', async () => {
  @Controller('partners')
  @UseVerifier('partners')
  class Partners {
    @Get()
    list(): void {}
  }
  const entra = await createEmulator()
  const partners = EntraGuardModule.forRoot({
    ...entra.verifierOptions(),
    name: 'partners',
    swagger: 'partners',
  })
  const { app } = await start({ controllers: [Partners, Guarded], imports: [partners] })
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build())
  expect(paths['/partners']?.get?.security).toStrictEqual([{ partners: [] }])
  expect(paths['/all']?.get?.security).toStrictEqual([{ bearer: [] }])
  for (const path of ['/partners', '/all'])
    expect(Object.keys(paths[path]?.get?.responses ?? {})).toStrictEqual(['200', '401', '403'])
})

it('the document that main.ts makes before the application listens has everything already', async () => {
  @Controller('early')
  class Early {
    @Get()
    list(): void {}
  }
  const { module } = await compile({ controllers: [Early] })
  const app = module.createNestApplication({ logger: false })
  onTestFinished(async () => app.close())
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  expect(paths['/early']?.get?.security).toStrictEqual([{ bearer: [] }])
})

it('the routes of a module that is loaded lazily before the application starts are documented, too', async () => {
  @Controller('lazy')
  class Lazy {
    @Get()
    list(): void {}
  }
  @Module({ controllers: [Lazy] })
  class LazyModule {
    readonly isLazy = true
  }
  const { module } = await compile({})
  const app = module.createNestApplication({ logger: false })
  onTestFinished(async () => app.close())
  await app.get(LazyModuleLoader).load(() => LazyModule)
  await app.init()
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  expect(paths['/lazy']?.get?.security).toStrictEqual([{ bearer: [] }])
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
  // Where some routes are open, the refusals do not stand on the class.
  @Controller('some-said')
  class SomeSaid {
    @Get('guarded')
    @Access({ scopes: ['Orders.Read'] })
    @ApiForbiddenResponse({ description: 'Ask Grace.' })
    guarded(): void {}
    @Get('open')
    @Public()
    open(): void {}
  }
  const { app } = await start({ controllers: [Said, SomeSaid] })
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  expect(Object.keys(paths['/some-said/open']?.get?.responses ?? {})).toStrictEqual(['200'])
  for (const path of ['/said/above', '/said/below', '/some-said/guarded'])
    expect(paths[path]?.get?.responses).toMatchObject({
      401: { description: expect.stringContaining('missing') as string },
      403: { description: expect.stringContaining('Ask Grace.') as string },
    })
})
