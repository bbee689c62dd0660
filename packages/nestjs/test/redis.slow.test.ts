import 'reflect-metadata'
import type { UserIdentity } from '@entraguard/core'
import { Access, CurrentUser, EntraGuard, Public } from '@entraguard/nestjs'
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq'
import { Controller, UseGuards, type INestApplication } from '@nestjs/common'
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices'
import { QueueEvents, type Queue } from 'bullmq'
import { firstValueFrom } from 'rxjs'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { freePort } from '../../../scripts/free-port.mjs'
import { compile } from './app.ts'

let redis: ChildProcess
let options: { host: string; port: number }

beforeAll(async () => {
  options = { host: '127.0.0.1', port: await freePort() }
  const directory = mkdtempSync(path.join(tmpdir(), 'entraguard-redis-'))
  const settings = ['--port', String(options.port), '--bind', options.host, '--save', '', '--dir', directory]
  redis = spawn('redis-server', settings, { stdio: 'ignore' })
  await vi.waitFor(
    async () => {
      if (redis.exitCode !== null) throw new Error('redis-server ended: is the package installed?')
      const socket = connect(options)
      await once(socket, 'connect').finally(() => socket.destroy())
    },
    { timeout: 240_000 },
  )
})
afterAll(async () => {
  redis.kill('SIGKILL')
  await once(redis, 'exit')
})

let handled: string[] = []
beforeEach(() => {
  handled = []
})

@Controller()
class Orders {
  @MessagePattern('anyone')
  @UseGuards(EntraGuard)
  anyone(): string {
    handled.push('anyone')
    return 'anyone'
  }
  @MessagePattern('read')
  @Access({ scopes: ['Orders.Read'] })
  read(@Payload() _data: unknown, @CurrentUser() user: UserIdentity): string {
    handled.push('read')
    return user.key
  }
  @EventPattern(['happened'])
  @Access({ scopes: ['Orders.Read'] })
  happened(): void {
    handled.push('happened')
  }
  @MessagePattern('open')
  @Public()
  open(): string {
    return 'open'
  }
}

const ask = async (client: ClientProxy, pattern: string, data: object = {}): Promise<unknown> =>
  firstValueFrom(client.send<unknown>(pattern, data)).catch((error: unknown) => error)

const closing = (app: INestApplication, client: { close(): unknown }): void => {
  onTestFinished(async () => {
    await client.close()
    await app.close()
  })
}

describe('messages of Redis', () => {
  it.each([true, false])(
    'are guarded like those of every transport, inheritAppConfig: %s',
    async (inheritAppConfig) => {
      const { module, entra } = await compile(
        { controllers: [Orders] },
        { microservices: (context) => context.switchToRpc().getData<{ token?: string }>().token },
      )
      const app = module.createNestApplication({ logger: false })
      app.connectMicroservice({ transport: Transport.REDIS, options }, { inheritAppConfig })
      await app.startAllMicroservices()
      const client = ClientProxyFactory.create({ transport: Transport.REDIS, options })
      closing(app, client)
      const reader = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
      const writer = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Write'] })}`
      const forbidden = { message: 'Forbidden resource' }
      expect(await ask(client, 'anyone')).toMatchObject(forbidden)
      expect(await ask(client, 'read', { token: writer })).toMatchObject(forbidden)
      await firstValueFrom(client.emit('happened', { token: writer }))
      expect(await ask(client, 'open')).toBe('open')
      expect(handled).toStrictEqual([])
      await firstValueFrom(client.emit('happened', { token: reader }))
      // Nobody waits for what an event does.
      await expect.poll(() => handled).toStrictEqual(['happened'])
      expect(await ask(client, 'read', { token: reader })).toContain(entra.directory.firstTenant.id)
      expect(await ask(client, 'anyone', { token: writer })).toBe('anyone')
      expect(handled).toStrictEqual(['happened', 'read', 'anyone'])
    },
  )
})

describe('queues of BullMQ', () => {
  @Processor('orders')
  @Access({ scopes: ['Orders.Read'] })
  class OrdersProcessor extends WorkerHost {
    @Access({ scopes: ['Orders.Read'] })
    override async process(): Promise<string> {
      handled.push('processed')
      return 'processed'
    }
  }

  it('ask nobody, whatever stands above their processors', async () => {
    const imports = [
      BullModule.forRoot({ connection: options }),
      BullModule.registerQueue({ name: 'orders' }),
    ]
    const { module } = await compile({ imports, providers: [OrdersProcessor] })
    const app = await module.createNestApplication({ logger: false }).init()
    const events = new QueueEvents('orders', { connection: options })
    closing(app, events)
    const queue = module.get<Queue>(getQueueToken('orders'))
    await events.waitUntilReady()
    const job = await queue.add('order', {})
    expect(await job.waitUntilFinished(events)).toBe('processed')
    expect(handled).toStrictEqual(['processed'])
  })
})
