import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { setting } from './setting.ts'

/** What a server used for a block of requests to one variant. */
export interface Block {
  readonly variant: string
  /** Its place among the blocks, from 0. */
  readonly number: number
  readonly requests: number
  /** Microseconds of CPU of the whole process. */
  readonly cpu: number
  /** Microseconds that passed. */
  readonly wall: number
}

interface Used {
  readonly cpu: number
  readonly wall: number
}

/**
 * Tells the parent where the server listens, which is the last thing that a server does; and when asked, what each block
 * took. Requests come as `/variant?number` with the number of their block. A block is measured from when none of the one
 * before can be under way to the first request of the next: as many are under way then as when it began.
 */
export function ready(server: Server): void {
  // So many requests of a block may still be answered when the next one has begun.
  const { connections } = setting
  const blocks: Block[] = []
  let number = -1
  let arrived = 0
  let variant = ''
  let before: Used | undefined
  // Before the framework: what a request costs belongs to the block in which it arrives.
  server.prependListener('request', ({ url = '' }) => {
    const end = url.indexOf('?')
    const block = Number(url.slice(end + 1))
    if (block > number) {
      if (before !== undefined) {
        const { cpu, wall } = used()
        const requests = arrived - connections
        blocks.push({ variant, number, requests, cpu: cpu - before.cpu, wall: wall - before.wall })
      }
      number = block
      arrived = 0
      variant = url.slice(1, end)
      before = undefined
    }
    if (block !== number) return
    arrived++
    if (arrived === connections + 1) before = used()
  })
  process.on('message', () => process.send?.(blocks))
  process.on('disconnect', () => server.close())
  process.send?.({ port: (server.address() as AddressInfo).port })
}

function used(): Used {
  const { user, system } = process.cpuUsage()
  return { cpu: user + system, wall: performance.now() * 1000 }
}
