// #region redis
import { createVerifier, type Verifier } from '@entraguard/core'
import { createStorage } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'

export const verifierWithRedis = (url: string, storeSecret: string): Verifier =>
  createVerifier({
    tenants: '11111111-1111-4111-8111-111111111111',
    audience: '22222222-2222-4222-8222-222222222222',
    store: createStorage({ driver: redisDriver({ url, base: 'orders-api', ttl: 86_400 }) }),
    storeSecret,
  })
// #endregion
