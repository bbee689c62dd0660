import type { DocumentStore } from '@entraguard/core'

/** As much of `KVNamespace` (@cloudflare/workers-types) as is needed. */
interface KVNamespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
}

// #region kv
export const kvStore = (namespace: KVNamespace): DocumentStore => ({
  getItem: (key) => namespace.get(key),
  setItem: (key, value) => namespace.put(key, value, { expirationTtl: 86_400 }),
})
// #endregion

/** As much of `caches.default` as is needed. */
interface EdgeCache {
  match(address: string): Promise<Response | undefined>
  put(address: string, response: Response): Promise<void>
}

// #region cache-api
const addressOf = (key: string): string => `https://keys.invalid/${encodeURIComponent(key)}`

export const cacheStore = (cache: EdgeCache): DocumentStore => ({
  getItem: async (key) => (await cache.match(addressOf(key)))?.text(),
  setItem: (key, value) =>
    cache.put(addressOf(key), new Response(value, { headers: { 'cache-control': 'max-age=86400' } })),
})
// #endregion
