import 'reflect-metadata'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'

import { serve } from './api.ts'

// Not `setup`: Swagger UI looks for its own files, which are in no bundle.
void serve((app) => {
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().addBearerAuth().build())
  app.getHttpAdapter().get('/document', (_request: unknown, response: { json(body: unknown): void }) => {
    response.json(document)
  })
})
