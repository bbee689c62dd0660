import 'reflect-metadata'
import { Access, identityOf, Public } from '@entraguard/nestjs'
import {
  Catch,
  Controller,
  Get,
  Inject,
  Injectable,
  Scope,
  UnauthorizedException,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common'
import { REQUEST } from '@nestjs/core'
import { Query, Resolver } from '@nestjs/graphql'
import { beforeEach, describe, expect, it } from 'vitest'

import { platforms, start, statusOf } from './app.ts'
import { apollo, ask, mercurius, serve } from './graphql-app.ts'

let seen: unknown[] = []
beforeEach(() => {
  seen = []
})

/** A service that asks who calls. */
@Injectable({ scope: Scope.REQUEST })
class Orders {
  @Inject(REQUEST) private readonly request!: object
  mine(): string {
    return identityOf(this.request)?.kind ?? 'nobody'
  }
}

/** One that asks too early: Nest makes it before it asks any guard. */
@Injectable({ scope: Scope.REQUEST })
class Hasty {
  constructor(@Inject(REQUEST) request: object) {
    seen.push(identityOf(request))
  }
}

@Catch(UnauthorizedException)
class OwnFilter implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): string {
    seen.push(identityOf(host)?.kind)
    if (host.getType() === 'http') host.switchToHttp().getResponse<{ send(text: string): void }>().send('own')
    return 'own'
  }
}

@Controller()
class OrdersController {
  @Inject(Orders) private readonly orders!: Orders
  @Inject(Hasty) readonly hasty!: Hasty
  @Get()
  list(): string {
    return this.orders.mine()
  }
  @Get('open')
  @Public()
  open(): string {
    return this.orders.mine()
  }
  @Get('own')
  @UseFilters(OwnFilter)
  own(): never {
    throw new UnauthorizedException()
  }
}

describe.each(platforms)('who calls, on %s,', (platform) => {
  it('is known to a request-scoped service by its request, once the guard has run', async () => {
    const { get, entra } = await start(
      { controllers: [OrdersController], providers: [Orders, Hasty] },
      { platform },
    )
    const [user, app] = [await entra.issueUserToken(), await entra.issueAppToken()]
    const texts = await Promise.all([get('/', user), get('/', app), get('/open', user)])
    expect(await Promise.all(texts.map(async (each) => each.text()))).toStrictEqual(['user', 'app', 'nobody'])
    expect(await statusOf(get('/'))).toBe(401)
    expect(seen).toStrictEqual([undefined, undefined, undefined, undefined])
  })

  it('is known to an exception filter', async () => {
    const { get, entra } = await start(
      { controllers: [OrdersController], providers: [Orders, Hasty] },
      { platform },
    )
    await get('/own', await entra.issueUserToken())
    expect(seen).toStrictEqual([undefined, 'user'])
  })
})

it('nobody is known by an object of the application, or by the request of another call', async () => {
  expect(identityOf({})).toBeUndefined()
  expect(identityOf({ getArgByIndex: 'no function', getType: 'http' })).toBeUndefined()
})

@Resolver()
class OrdersResolver {
  @Inject(Orders) private readonly orders!: Orders
  @Query(() => String)
  @Access({ scopes: ['Orders.Read'] })
  mine(): string {
    return this.orders.mine()
  }
  @Query(() => String)
  @Public()
  open(): string {
    return this.orders.mine()
  }
  @Query(() => String)
  @UseFilters(OwnFilter)
  own(): string {
    throw new UnauthorizedException()
  }
}

describe.each([
  ['Apollo', apollo, 'express'],
  ['Mercurius', mercurius, 'fastify'],
] as const)('who calls, in a query of %s,', (_, driver, platform) => {
  it('is known to a request-scoped service and to an exception filter', async () => {
    const { url, entra } = await serve(driver(), { providers: [Orders, OrdersResolver] }, { platform })
    const token = await entra.issueUserToken()
    expect((await ask(url, '{ mine }', token)).data).toEqual({ mine: 'user' })
    expect((await ask(url, '{ open }', token)).data).toEqual({ open: 'nobody' })
    await ask(url, '{ own }', token)
    expect(seen).toStrictEqual(['user'])
  })
})
