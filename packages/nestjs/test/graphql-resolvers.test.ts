import { apollo, apolloFederation, mercurius } from './graphql-app.ts'
import { describeResolvers, everyWay } from './graphql-suite.ts'

describeResolvers('Apollo', { driver: apollo, platform: 'express' }, { ways: everyWay })
describeResolvers('Apollo on Fastify', { driver: apollo, platform: 'fastify' })
describeResolvers(
  'Apollo federation',
  { driver: apolloFederation, platform: 'express' },
  { isSubgraph: true, ways: everyWay },
)
describeResolvers('Mercurius', { driver: mercurius, platform: 'fastify' })
