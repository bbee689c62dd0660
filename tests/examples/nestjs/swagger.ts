import { Module, type INestApplication } from '@nestjs/common'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'

import { EntraGuardModule } from '@entraguard/nestjs'

import { OrdersController } from './orders.controller.js'

// #region swagger
const tenant = '11111111-1111-4111-8111-111111111111'
const api = '22222222-2222-4222-8222-222222222222'

@Module({
  imports: [EntraGuardModule.forRoot({ tenants: tenant, audience: api, swagger: 'oauth2' })],
  controllers: [OrdersController],
})
export class DocumentedModule {}

/** Swagger UI signs in with a registration of its own: platform SPA, redirect URI `…/docs/oauth2-redirect.html`. */
export function serveDocument(app: INestApplication, clientId: string): void {
  const flow = {
    authorizationUrl: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
    tokenUrl: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
    scopes: { [`api://${api}/Orders.Read`]: 'Read orders' },
  }
  const config = new DocumentBuilder()
    .addOAuth2({ type: 'oauth2', flows: { authorizationCode: flow } }) // its name is "oauth2"
    .build()
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    swaggerOptions: { initOAuth: { clientId, usePkceWithAuthorizationCodeGrant: true } },
  })
}
// #endregion
