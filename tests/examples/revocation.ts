// #region recipe
import { refuse, revoked, type Identity } from '@entraguard/core'
import type { Redis } from 'ioredis'

/** Longer than any access token of Entra lives: 28 hours, for clients that declare cp1. */
const longestLife = 29 * 3600
const now = (): number => Math.floor(Date.now() / 1000)

export function createRevocations(redis: Redis): Revocations {
  return {
    /** Refuses one token (`identity.tokenId`) for as long as it would be valid. */
    async revokeToken({ tokenId, expiresAt }) {
      if (tokenId === undefined) throw new TypeError('the token has no id')
      await redis.zadd('revoked:tokens', expiresAt, tokenId)
      await redis.zremrangebyscore('revoked:tokens', 0, now() - 3600) // they have expired by themselves
    },

    /** Refuses every token of a user or app (`identity.key`), or of `everybody`, that was issued before a moment. */
    async revokeIssuedBefore(who, since = now()) {
      await redis.zadd('revoked:since', 'GT', since, who)
      await redis.zremrangebyscore('revoked:since', 0, now() - longestLife) // no token is as old as that
    },

    /** For `createVerifier({ check })`. When Redis fails it throws, and the request gets 503: closed. */
    async check({ tokenId, key, issuedAt = 0 }) {
      const [token, [mine, everybodys]] = await Promise.all([
        tokenId === undefined ? null : redis.zscore('revoked:tokens', tokenId),
        redis.zmscore('revoked:since', key ?? '', 'everybody'),
      ])
      if (token !== null) throw refuse('this token was revoked')
      const since = Math.max(Number(mine ?? 0), Number(everybodys ?? 0))
      if (issuedAt < since) throw revoked(since) // a client that declared cp1 is asked for a newer token
    },
  }
}

export interface Revocations {
  readonly revokeToken: (identity: Pick<Identity, 'tokenId' | 'expiresAt'>) => Promise<void>
  readonly revokeIssuedBefore: (who: string, since?: number) => Promise<void>
  readonly check: (identity: Identity) => Promise<void>
}
// #endregion

// #region use
import { createVerifier, type UserIdentity, type Verifier } from '@entraguard/core'

export const createRevocableVerifier = (revocations: Revocations): Verifier =>
  createVerifier({
    tenants: '11111111-1111-4111-8111-111111111111',
    audience: '22222222-2222-4222-8222-222222222222',
    check: revocations.check,
  })

export const signOutEverywhere = async (revocations: Revocations, user: UserIdentity): Promise<void> =>
  await revocations.revokeIssuedBefore(user.key)
// #endregion
