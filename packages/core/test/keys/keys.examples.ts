import { createVerifier, type Verifier } from '@entraguard/core'
import { createStorage, type Driver } from 'unstorage'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'

export function withTimes(): Verifier {
  // #region times
  const verifier = createVerifier({
    tenants: tenantId,
    audience: clientId,
    keys: {
      refreshAfter: 3600, // refreshed in the background after so many seconds, ± 10 %
      retainFor: 86_400, // a key is trusted so long after it was last seen
      minRefreshInterval: 30, // unknown key ids cause at most one request in this time
      timeout: 5, // one document may take so long
      refuse: [], // key ids that are never trusted
    },
  })
  // #endregion
  return verifier
}

export function withStore(driver: Driver, secret: string): Verifier {
  // #region store
  const verifier = createVerifier({
    tenants: tenantId,
    audience: clientId,
    store: createStorage({ driver }), // Redis, Cloudflare KV, a folder, …
    storeSecret: secret, // from your secret store, the same in every process
  })
  // #endregion
  return verifier
}

export function withoutNetwork(keySet: { keys: object[] }): Verifier {
  // #region static
  const verifier = createVerifier({
    tenants: tenantId,
    audience: clientId,
    keys: { static: keySet }, // { keys: [{ kty: 'RSA', kid: '…', n: '…', e: 'AQAB' }] }
  })
  // #endregion
  return verifier
}

export async function warmUp(verifier: Verifier): Promise<void> {
  // #region prefetch
  await verifier.prefetch()
  // #endregion
}

export function summary(verifier: Verifier): readonly string[] {
  // #region known
  const lines = verifier
    .keys()
    .map(({ kid, lastSeen, age, backOff }) => `${kid} ${new Date(lastSeen).toISOString()} ${age} ${backOff}`)
  // #endregion
  return lines
}
