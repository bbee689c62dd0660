import type { INestApplication } from '@nestjs/common'
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger'

/** The description of the API; `@Access` says which routes need a bearer token. */
export const describeApi = (app: INestApplication): OpenAPIObject =>
  SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Orders').addBearerAuth().build())

/** Swagger UI at `/docs`. It is no route: Nest runs no guard for it. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => describeApi(app))
}
