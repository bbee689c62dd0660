// oxlint-disable import/no-unassigned-import -- importing a test registers it
import { YogaDriver, type YogaDriverConfig } from '@graphql-yoga/nestjs'
import { GraphQLModule } from '@nestjs/graphql'

import '../../packages/nestjs/test/graphql-context.test.ts'
import '../../packages/nestjs/test/graphql-resolvers.test.ts'
import '../../packages/nestjs/test/graphql-start-up.test.ts'
import '../../packages/nestjs/test/graphql-ways.test.ts'
import { mercuriusFederation } from '../../packages/nestjs/test/graphql-app.ts'
import { describeContexts } from '../../packages/nestjs/test/graphql-context-suite.ts'
import { describeResolvers } from '../../packages/nestjs/test/graphql-suite.ts'

// What follows does not start with Nest 12 yet.
const yoga = (options: object): ReturnType<typeof GraphQLModule.forRoot> =>
  GraphQLModule.forRoot<YogaDriverConfig>({
    driver: YogaDriver,
    autoSchemaFile: true,
    subscriptions: true,
    ...options,
  })

describeResolvers(
  'Mercurius federation',
  { driver: mercuriusFederation, platform: 'fastify' },
  { isSubgraph: true },
)
describeResolvers('Yoga', { driver: yoga, platform: 'express' })
describeResolvers('Yoga on Fastify', { driver: yoga, platform: 'fastify' })
describeContexts('Yoga', { driver: yoga, platform: 'express' })
