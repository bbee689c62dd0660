import type { AppIdentity, UserIdentity } from '@entraguard/core'
import { Access, CurrentIdentity, CurrentUser, Public } from '@entraguard/nestjs'
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  UnprocessableEntityException,
} from '@nestjs/common'
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger'

import { deleteOrders, readOrders, writeOrders } from './access.ts'
import { OrdersService, type Order } from './orders.service.ts'

type Caller = UserIdentity | AppIdentity

@Controller()
export class OrdersController {
  private readonly orders: OrdersService

  constructor(@Inject(OrdersService) orders: OrdersService) {
    this.orders = orders
  }

  @Get('health')
  @Public()
  health(): { status: string } {
    return { status: 'ok' }
  }

  @Get('whoami')
  whoAmI(@CurrentIdentity() caller: Caller): { kind: string; key: string } {
    return { kind: caller.kind, key: caller.key }
  }

  @Get('whoami/person')
  @Access({ callers: ['user', 'app'], agents: 'refuse' })
  whichPerson(@CurrentIdentity() caller: Caller): { kind: string; key: string } {
    return this.whoAmI(caller)
  }

  @Get('whoami/agent')
  @Access({ callers: ['user', 'app'], agents: 'only' })
  whichAgent(@CurrentIdentity() caller: Caller): { kind: string; key: string } {
    return this.whoAmI(caller)
  }

  @Get('orders')
  @Access(readOrders)
  @ApiOkResponse({ description: 'The orders of the caller.' })
  list(@CurrentIdentity() caller: Caller): { orders: readonly Order[] } {
    return { orders: this.orders.of(caller) }
  }

  @Post('orders')
  @Access(writeOrders)
  @ApiCreatedResponse({ description: 'The new order.' })
  @ApiBody({
    schema: { type: 'object', properties: { item: { type: 'string' }, quantity: { type: 'integer' } } },
  })
  create(@CurrentUser() user: UserIdentity, @Body() body: unknown): Order {
    const { item, quantity } = readOrder(body)
    return this.orders.add(user, item, quantity)
  }

  @Delete('orders/:id')
  @HttpCode(204)
  @Access(deleteOrders)
  @ApiNoContentResponse({ description: 'The order is gone.' })
  delete(@CurrentIdentity() caller: Caller, @Param('id') id: string): void {
    if (!this.orders.delete(caller, id)) throw new NotFoundException()
  }
}

function readOrder(body: unknown): { item: string; quantity: number } {
  if (typeof body === 'object' && body !== null && 'item' in body && 'quantity' in body) {
    const { item, quantity } = body
    const isItem = typeof item === 'string' && item !== '' && item.length <= 200
    if (isItem && typeof quantity === 'number' && Number.isSafeInteger(quantity) && quantity > 0)
      return { item, quantity }
  }
  throw new UnprocessableEntityException('Send an item and a quantity.')
}
