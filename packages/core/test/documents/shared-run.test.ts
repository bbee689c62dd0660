import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { CachedDocument } from '../../src/documents/cache.ts'
import type { VerifierEvent } from '../../src/index.ts'

/*
 * workerd cancels a request with everything that belongs to it: its timers stop and its promises never settle.
 * Here the world is told that it is workerd, time is fake, and a request is cancelled by stopping the interval
 * that gives its sign of life.
 */

const address = 'https://login.microsoftonline.com/x/keys'

interface World {
  readonly document: CachedDocument<string>
  readonly fetches: Array<(text: string) => void>
  readonly events: VerifierEvent[]
}

function cachedText(workerd: boolean): World {
  const fetches: Array<(text: string) => void> = []
  const events: VerifierEvent[] = []
  const document = new CachedDocument<string>(
    {
      document: 'keys',
      unavailable: 'keys_unavailable',
      address: () => address,
      read: (text) => text,
      changed: () => {},
    },
    {
      fetch: () =>
        new Promise((resolve) => {
          fetches.push((text) => resolve(new Response(text)))
        }),
      now: () => Date.now(),
      times: { refreshAfter: 3600, retainFor: 86_400, minRefreshInterval: 30, timeout: 5 },
      storage: undefined,
      emit: (event) => events.push(event),
      workerd,
    },
  )
  return { document, fetches, events }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** What a request that was cancelled looks like to the others: its heartbeat has stopped. */
function cancelRequests(): void {
  vi.spyOn(globalThis, 'setInterval').mockImplementation(() => 0 as unknown as ReturnType<typeof setInterval>)
}

describe('where promises belong to a request', () => {
  it('waiters see the shared result without awaiting the promise of another', async () => {
    const { document, fetches } = cachedText(true)
    const all = Promise.all(Array.from({ length: 100 }, () => document.get({})))
    await vi.advanceTimersByTimeAsync(4000)
    expect(fetches).toHaveLength(1)
    fetches[0]?.('keys')
    await vi.advanceTimersByTimeAsync(20)
    expect(new Set(await all)).toEqual(new Set(['keys']))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a slow endpoint still gets one request while its owner lives, and all are refused at the time limit', async () => {
    const { document, fetches } = cachedText(true)
    const all = Promise.allSettled(Array.from({ length: 10 }, () => document.get({})))
    await vi.advanceTimersByTimeAsync(4990)
    expect(fetches).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(30)
    expect((await all).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'))
    expect(fetches).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('one waiter takes over when the owner is gone, and the others wait for that one', async () => {
    const { document, fetches } = cachedText(true)
    cancelRequests()
    const owner = document.get({})
    await vi.advanceTimersByTimeAsync(0)
    vi.restoreAllMocks()
    const waiters = Promise.all(Array.from({ length: 10 }, () => document.get({})))
    await vi.advanceTimersByTimeAsync(900)
    expect(fetches).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(fetches).toHaveLength(2)
    fetches[1]?.('new keys')
    await vi.advanceTimersByTimeAsync(20)
    expect(new Set(await waiters)).toEqual(new Set(['new keys']))
    fetches[0]?.('old keys')
    await vi.advanceTimersByTimeAsync(20)
    await owner
    expect(document.held).toBe('new keys')
  })

  it('a background refresh whose request is gone is started again by a later request', async () => {
    const { document, fetches } = cachedText(true)
    const first = document.get({})
    await vi.advanceTimersByTimeAsync(0)
    fetches[0]?.('keys')
    await first
    await vi.advanceTimersByTimeAsync(2 * 3600 * 1000)
    cancelRequests()
    expect(document.peek(Date.now(), {})).toBe('keys')
    await vi.advanceTimersByTimeAsync(0)
    vi.restoreAllMocks()
    expect(fetches).toHaveLength(2)
    expect(document.peek(Date.now(), {})).toBe('keys')
    await vi.advanceTimersByTimeAsync(1100)
    expect(fetches).toHaveLength(2)
    document.peek(Date.now(), {})
    await vi.advanceTimersByTimeAsync(0)
    expect(fetches).toHaveLength(3)
  })

  it('an unknown kid that waited for a request that is gone asks by itself', async () => {
    const { document, fetches } = cachedText(true)
    const first = document.get({})
    await vi.advanceTimersByTimeAsync(0)
    fetches[0]?.('keys')
    await first
    await vi.advanceTimersByTimeAsync(60_000)
    cancelRequests()
    void document.refresh({})
    await vi.advanceTimersByTimeAsync(0)
    vi.restoreAllMocks()
    const refreshed = document.refresh({})
    await vi.advanceTimersByTimeAsync(1100)
    expect(fetches).toHaveLength(3)
    fetches[2]?.('new keys')
    await vi.advanceTimersByTimeAsync(20)
    await refreshed
    expect(document.held).toBe('new keys')
  })
})

describe('elsewhere', () => {
  it('waiters await one promise, and no timer but the time limit runs', async () => {
    const { document, fetches } = cachedText(false)
    const all = Promise.all(Array.from({ length: 100 }, () => document.get({})))
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(1)
    fetches[0]?.('keys')
    expect(new Set(await all)).toEqual(new Set(['keys']))
    expect(fetches).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a fetch that never answers ends at the time limit with nothing left over', async () => {
    const { document, fetches, events } = cachedText(false)
    const refused = document.get({}).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(4999)
    expect(events).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await refused).toMatchObject({ code: 'keys_unavailable', status: 503 })
    expect(events).toMatchObject([{ type: 'refresh_failed', reason: 'no answer within 5 s' }])
    expect(fetches).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a call ends with 503, not in a circle, when documents are too old as soon as they are there', async () => {
    const { document, fetches } = cachedText(false)
    const refused = document.get({}).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(0)
    for (let fetch = 0; fetch < 20 && fetches.length > fetch; fetch++) {
      vi.setSystemTime(Date.now() + 2 * 86_400_000)
      fetches[fetch]?.('keys')
      await vi.advanceTimersByTimeAsync(0)
    }
    expect(await refused).toMatchObject({ code: 'keys_unavailable' })
    expect(fetches).toHaveLength(10)
  })
})
