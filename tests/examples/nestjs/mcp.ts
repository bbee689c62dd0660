import {
  authorizationOf,
  protectedResourceMetadata,
  type UserIdentity,
  type VerifierOptions,
} from '@entraguard/core'
import { Access, CurrentUser, EntraGuardModule, Public } from '@entraguard/nestjs'
import { Controller, Get, Module } from '@nestjs/common'
import { Payload } from '@nestjs/microservices'
import {
  McpController,
  McpHttpControllerFor,
  McpStrategy,
  StreamableHttpTransport,
  Tool,
  type McpContext,
} from '@rekog/mcp-nest'
import type { Request } from 'express'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'

/** Where clients reach this server. It is not what `aud` says. */
const resource = 'https://mcp.contoso.com/mcp'
const metadataPath = '.well-known/oauth-protected-resource/mcp'

export const options: VerifierOptions = {
  tenants: tenantId,
  audience: clientId,
  challenge: { resourceMetadata: new URL(metadataPath, resource).href, scopePrefix: `api://${clientId}/` },
}

const transport = new StreamableHttpTransport()
export const mcp = new McpStrategy({ name: 'orders', version: '1.0.0', transports: [transport] })

/** A route of Nest, which asks the guard. Without one the transport mounts a route of its own past every guard. */
@Controller('mcp')
@Access({ scopes: ['Orders.Read'] })
class McpRoute extends McpHttpControllerFor(transport) {}

/** Tools are messages: each asks the guard for itself, by the request that brought it. */
@McpController()
@Access({ scopes: ['Orders.Read'] })
class OrdersTools {
  @Tool({ name: 'my-orders', description: 'The orders of the user who asks' })
  list(@Payload() _arguments: object, @CurrentUser() user: UserIdentity) {
    return { content: [{ type: 'text', text: `orders of ${user.key}` }] }
  }

  @Tool({ name: 'cancel-orders', description: 'Cancels the orders of the user who asks' })
  @Access({ scopes: ['Orders.Write'] })
  cancel(@Payload() _arguments: object, @CurrentUser() user: UserIdentity) {
    return { content: [{ type: 'text', text: `cancelled the orders of ${user.key}` }] }
  }
}

@Controller(metadataPath)
class Metadata {
  @Get()
  @Public() // clients read it before they have a token
  metadata() {
    return protectedResourceMetadata({
      resource,
      authorizationServers: [`https://login.microsoftonline.com/${tenantId}/v2.0`],
      scopes: [`api://${clientId}/Orders.Read`, `api://${clientId}/Orders.Write`],
    })
  }
}

@Module({
  imports: [
    EntraGuardModule.forRoot({
      ...options,
      // Where the message of a tool has its credential: in the request that brought it.
      microservices: (context) => {
        const request = context.switchToRpc().getContext<McpContext>().getRawRequest<Request>()
        return request && authorizationOf(request)
      },
    }),
  ],
  controllers: [McpRoute, OrdersTools, Metadata],
})
export class AppModule {}
