import 'reflect-metadata'
import type { UserIdentity } from '@entraguard/core'
import type { Emulator } from '@entraguard/emulator'
import { Access, CurrentUser, Public, type ReadAuthorization } from '@entraguard/nestjs'
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
} from '@grpc/grpc-js'
import { load } from '@grpc/proto-loader'
import { Controller } from '@nestjs/common'
import { Ctx, GrpcMethod, GrpcStreamCall, GrpcStreamMethod, Payload, Transport } from '@nestjs/microservices'
import { from, map, type Observable } from 'rxjs'
import path from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { freePort } from '../../../scripts/free-port.mjs'
import { compile } from './app.ts'

interface Text {
  text: string
}

let handled: string[] = []
beforeEach(() => {
  handled = []
})
const called = (name: string, { key }: { key: string } = { key: 'nobody' }): Text => {
  handled.push(name)
  return { text: key }
}

const reads = { scopes: ['Orders.Read'] } as const

@Controller()
@Access(reads)
class Orders {
  @GrpcMethod('Orders', 'Anyone')
  anyone(): Text {
    return called('anyone')
  }
  @GrpcMethod('Orders', 'Read')
  @Access({ scopes: ['Orders.Write'] })
  read(@Payload() _data: Text, @CurrentUser() user: UserIdentity): Text {
    return called('read', user)
  }
  @GrpcMethod('Orders', 'Open')
  @Public()
  open(): Text {
    return called('open')
  }
  @GrpcMethod('Orders', 'List')
  list(@Payload() _data: Text, @CurrentUser() user: UserIdentity): Observable<Text> {
    return from([called('list', user)])
  }
  @GrpcStreamMethod('Orders', 'Chat')
  chat(@Payload() messages: Observable<Text>, @CurrentUser() user: UserIdentity): Observable<Text> {
    called('chat', user)
    return messages.pipe(map(({ text }) => ({ text: `${text} ${user.kind}` })))
  }
  @GrpcStreamCall('Orders', 'Pass')
  pass(@Payload() call: ServerDuplexStream<Text, Text>, @CurrentUser() user: UserIdentity): void {
    call.on('data', ({ text }: Text) => call.write({ text: `${text} ${user.kind}` }))
    call.on('end', () => call.end())
    called('pass', user)
  }
  @GrpcStreamCall('Orders', 'Collect')
  collect(
    @Payload() call: ServerReadableStream<Text, Text>,
    @Ctx() answer: sendUnaryData<Text>,
    @CurrentUser() user: UserIdentity,
  ): void {
    call.on('data', ({ text }: Text) => answer(null, { text: `${text} ${user.kind}` }))
    called('collect', user)
  }
}

// #region reader
/** Where gRPC has it: in the metadata, which a handler of a whole call finds in the call. */
const fromMetadata: ReadAuthorization = (context) => {
  const [first, second] = context.getArgs<[{ metadata?: Metadata }, Metadata | undefined]>()
  const metadata = second instanceof Metadata ? second : first.metadata
  return metadata?.get('authorization').map(String)
}
// #endregion

type Call = (method: string, token?: string) => Promise<string>

async function serve(microservices?: ReadAuthorization): Promise<{ entra: Emulator; call: Call }> {
  const { module, entra } = await compile({ controllers: [Orders] }, { microservices })
  const url = `127.0.0.1:${await freePort()}`
  const protoPath = path.join(import.meta.dirname, 'orders.proto')
  const app = module.createNestApplication({ logger: false })
  app.connectMicroservice({ transport: Transport.GRPC, options: { url, package: 'orders', protoPath } })
  await app.startAllMicroservices()
  const loaded = loadPackageDefinition(await load(protoPath))
  const Client = Reflect.get(loaded['orders'] ?? {}, 'Orders')
  const client = new Client(url, credentials.createInsecure())
  onTestFinished(async () => {
    client.close()
    await app.close()
  })
  const call: Call = async (method, token) => {
    const metadata = new Metadata()
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
    const sent = { text: 'a' }
    return new Promise((resolve) => {
      const answered = (error: Error | null, answer?: Text): void =>
        resolve(error?.message ?? answer?.text ?? '')
      if (['anyone', 'read', 'open'].includes(method)) return client[method](sent, metadata, answered)
      if (method === 'collect') return client.collect(metadata, answered).write(sent)
      const stream = method === 'list' ? client.list(sent, metadata) : client[method](metadata)
      stream.on('data', ({ text }: Text) => {
        resolve(text)
        stream.cancel()
      })
      stream.on('error', (error: Error) => resolve(error.message))
      if (method !== 'list') stream.write(sent)
    })
  }
  return { entra, call }
}

describe('gRPC methods', () => {
  const guarded = ['anyone', 'read', 'list', 'chat', 'pass', 'collect']

  it('are refused, as long as nobody says where their credential is', async () => {
    const { entra, call } = await serve()
    const token = await entra.issueUserToken()
    for (const method of guarded) expect(await call(method, token)).toContain('Forbidden resource')
    expect(await call('open')).toBe('nobody')
    expect(handled).toStrictEqual(['open'])
  })

  it('that get the whole call end it where reading the credential fails, and the process goes on', async () => {
    const { entra, call } = await serve(() => {
      throw new Error('a reader that fails')
    })
    const token = await entra.issueUserToken()
    for (const method of ['pass', 'collect'])
      expect(await call(method, token)).toContain('Internal server error')
    expect(handled).toStrictEqual([])
  })

  it('go by the metadata of the call when somebody says so; streams when they are opened', async () => {
    const { entra, call } = await serve(fromMetadata)
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    for (const method of guarded) {
      expect(await call(method)).toContain('Forbidden resource')
      expect(await call(method, 'forged')).toContain('Forbidden resource')
    }
    expect(await call('read', reader)).toContain('Forbidden resource')
    expect(handled).toStrictEqual([])
    const token = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
    expect(await call('anyone', reader)).toBe('nobody')
    expect(await call('read', token)).toContain(entra.directory.firstTenant.id)
    expect(await call('list', token)).toContain(entra.directory.firstTenant.id)
    expect(await call('chat', token)).toBe('a user')
    expect(await call('pass', token)).toBe('a user')
    expect(await call('collect', token)).toBe('a user')
    expect(handled).toStrictEqual(guarded)
  })
})
