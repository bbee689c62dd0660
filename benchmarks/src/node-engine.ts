import { createPublicKey, verify } from 'node:crypto'

import { nodeSignature } from '@entraguard/core/node'

import { entraguard, expectGood, split, verifierOptions, type Contestant, type Facts } from './portable.ts'

export function bareNodeCrypto({ jwk }: Facts): Contestant {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  return {
    name: 'bare crypto.verify',
    check: (token) => {
      const [data, signature] = split(token)
      expectGood(verify('sha256', data, key, signature))
    },
  }
}

export function nodeEngine(facts: Facts): readonly Contestant[] {
  const options = { ...verifierOptions(facts), signature: nodeSignature }
  return entraguard({
    'Entraguard, nodeSignature': options,
    'Entraguard, nodeSignature, no token cache': { ...options, tokenCache: false },
  })
}
