import 'reflect-metadata'
import type { UserIdentity } from '@entraguard/core'
import type { Emulator } from '@entraguard/emulator'
import { Access, CurrentUser } from '@entraguard/nestjs'
import { Field, ObjectType, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql'
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { ask, connect, serve, type Answer } from './graphql-app.ts'
import type { Server } from './graphql-suite.ts'

const reads = { scopes: ['Orders.Read'] } as const

/** Opens once, and lets pass whoever waits and whoever comes later. */
class Gate {
  open!: () => void
  readonly opened: Promise<void> = new Promise((resolve) => (this.open = resolve))
}
let entered = new Gate()
let released = new Gate()

@ObjectType()
class Account {
  @Field(() => String) name!: string
}

@Resolver(() => Account)
@Access(reads)
export class Accounts {
  @Query(() => String)
  me(@CurrentUser() user: UserIdentity): string {
    return user.key
  }
  @Query(() => String)
  async slow(@CurrentUser() user: UserIdentity): Promise<string> {
    entered.open()
    await released.opened
    return user.key
  }
  @Query(() => [Account])
  async later(): Promise<Account[]> {
    entered.open()
    await released.opened
    return this.accounts()
  }
  @Query(() => [Account])
  accounts(): Account[] {
    return [{ name: 'a' }, { name: 'b' }]
  }
  @ResolveField(() => String)
  owner(@CurrentUser() user: UserIdentity): string {
    return user.key
  }
  @Subscription(() => String)
  async *mine(@CurrentUser() user: UserIdentity): AsyncGenerator<{ mine: string }> {
    yield { mine: user.key }
  }
}

/** A token and the identity that it is of. */
export async function userOf(entra: Emulator): Promise<{ readonly token: string; readonly key: string }> {
  const oid = randomUUID()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'], claims: { oid } })
  return { token, key: `${entra.directory.firstTenant.id}.${oid}` }
}

/** Whom the answer is for; undefined for a refusal. */
export const callerOf = ({ data }: Answer): unknown => data?.['me'] ?? undefined
const whoAmI = '{ me }'

type Contexts = Record<string, () => unknown>
/** With something that no copy has. */
class OwnContext {
  readonly #loaders = new Map<string, unknown>()
  get loaded(): number {
    return this.#loaders.size
  }
}

/** What works, on every version: each call has a context of its own all the same. */
const ownForEach: Contexts = {
  'no context': () => undefined,
  'an object': () => ({ dataSources: {} }),
  'a function that gives one object': () => {
    const one = {}
    return () => one
  },
  'a function that gives one frozen object': () => {
    const one = Object.freeze({})
    return async () => one
  },
  'a function that gives a new object of a class': () => () => new OwnContext(),
}
/** What some servers make the first caller's: there nobody else is answered. */
const ofTheFirst: Contexts = {
  'a function that gives one object of a class': () => {
    const one = new OwnContext()
    return () => one
  },
  'a function that gives one frozen object of a class': () => {
    const one = Object.freeze(new OwnContext())
    return () => one
  },
  'a function that keeps the first request': () => {
    const one: { req?: object } = {}
    return (first: { req?: object }) => {
      one.req ??= first.req ?? first
      return one
    }
  },
}

const withFields = '{ me accounts { owner } }'
const answerOf = (key: string): object => ({
  data: { me: key, accounts: [{ owner: key }, { owner: key }] },
})

type StartWith = (context: unknown, options?: object) => ReturnType<typeof serve>

/** Whose request a context holds, with a server of one kind. */
export function describeContexts(name: string, { driver, platform }: Server): void {
  const startWith: StartWith = async (context, options = {}) => {
    const graphql = driver({ ...(context === undefined ? {} : { context }), ...options })
    return serve(graphql, { providers: [Accounts] }, { platform })
  }
  describe(`${name}:`, () => {
    describeOwn(startWith)
    describeOfAnother(startWith)
    describeQueries(startWith)
  })
}

function describeOwn(startWith: StartWith): void {
  describe('no context, or one object for all', () => {
    it.each(Object.keys(ownForEach))('%s: everybody is answered as himself, also at once', async (kind) => {
      ;[entered, released] = [new Gate(), new Gate()]
      const { url, entra } = await startWith(ownForEach[kind]?.())
      const [one, other] = [await userOf(entra), await userOf(entra)]
      expect(callerOf(await ask(url, whoAmI, one.token))).toBe(one.key)
      expect(callerOf(await ask(url, whoAmI))).toBeUndefined()

      const first = ask(url, '{ slow accounts { owner } }', one.token)
      await entered.opened
      expect(callerOf(await ask(url, whoAmI))).toBeUndefined()
      expect(callerOf(await ask(url, whoAmI, other.token))).toBe(other.key)
      released.open()
      const ofOne = { slow: one.key, accounts: [{ owner: one.key }, { owner: one.key }] }
      expect(await first).toMatchObject({ data: ofOne })

      const sockets = [await connect(url, one.token), await connect(url), await connect(url, other.token)]
      const answers = await Promise.all(sockets.map(async (socket) => socket.ask('subscription { mine }')))
      expect(answers.map(({ data }) => data?.['mine'])).toStrictEqual([one.key, undefined, other.key])
    })
  })

  describe('an object with a request', () => {
    const request = { headers: {} }
    it.each([{ req: request }, { reply: { request } }, { extra: { request } }])(
      'does not start: %o',
      async (context) => {
        await expect(startWith(context)).rejects.toThrow(/"context" of GraphQLModule/)
      },
    )

    it('is not what only has such a name', async () => {
      const { url, entra } = await startWith({ req: undefined, extra: 'sugar' })
      const { token, key } = await userOf(entra)
      expect(callerOf(await ask(url, whoAmI, token))).toBe(key)
      expect(callerOf(await ask(url, whoAmI))).toBeUndefined()
    })
  })
}

function describeOfAnother(startWith: StartWith): void {
  describe('one object of a class for all', () => {
    it.each(Object.keys(ofTheFirst))('%s: nobody is answered as the first', async (kind) => {
      const { url, entra } = await startWith(ofTheFirst[kind]?.())
      const [one, other] = [await userOf(entra), await userOf(entra)]
      expect(callerOf(await ask(url, whoAmI, one.token))).toBe(one.key)
      expect(callerOf(await ask(url, whoAmI))).toBeUndefined()
      expect([other.key, undefined]).toContain(callerOf(await ask(url, whoAmI, other.token)))
    })

    it.each(Object.keys(ofTheFirst))('%s: nor is the first as another, who comes meanwhile', async (kind) => {
      ;[entered, released] = [new Gate(), new Gate()]
      const { url, entra } = await startWith(ofTheFirst[kind]?.())
      const [one, other] = [await userOf(entra), await userOf(entra)]
      const first = ask(url, '{ later { owner } }', one.token)
      await entered.opened
      expect([other.key, undefined]).toContain(callerOf(await ask(url, withFields, other.token)))
      released.open()
      // Who owns them is asked when the other one has been answered.
      expect(JSON.stringify(await first)).not.toContain(other.key)
    })
  })

  describe('the request of another call', () => {
    it.each([
      ['it', (request: object) => request],
      ['one with its headers', (request: object) => ({ headers: Reflect.get(request, 'headers') as object })],
    ])('is an error, and the caller of neither: %s', async (_, made) => {
      const one: { req?: object } = {}
      const both = new Gate()
      let calls = 0
      const { url, entra } = await startWith(async (first: { req?: object }) => {
        one.req = made(first.req ?? first)
        calls += 1
        if (calls === 2) both.open()
        await both.opened
        return one
      })
      const [mine, theirs] = [await userOf(entra), await userOf(entra)]
      const answers = await Promise.all([ask(url, whoAmI, mine.token), ask(url, whoAmI, theirs.token)])
      const [first, second] = answers.map(callerOf)
      // The request of the one that came last is in both contexts.
      expect([first, second].filter((caller) => caller !== undefined)).toHaveLength(1)
      expect([mine.key, undefined]).toContain(first)
      expect([theirs.key, undefined]).toContain(second)
      const errors = answers.flatMap((answer) => answer.errors ?? [])
      expect(errors).toMatchObject([
        { message: expect.stringContaining('request of another call') as string },
      ])
    })
  })
}

function describeQueries(startWith: StartWith): void {
  describe('several queries in one request', () => {
    it('are for its sender', async () => {
      const batch = { allowBatchedHttpRequests: true, allowBatchedQueries: true, batching: true }
      const { url, entra } = await startWith({}, batch)
      const { token, key } = await userOf(entra)
      const answers = await ask<Answer[]>(url, [withFields, whoAmI, withFields], token)
      expect(answers).toStrictEqual([answerOf(key), { data: { me: key } }, answerOf(key)])
      const refused = await ask<Answer[]>(url, [withFields, whoAmI])
      expect(refused.map(callerOf)).toStrictEqual([undefined, undefined])
    })
  })

  describe('a query that the server keeps', () => {
    it('is for whoever sends it, compiled or not', async () => {
      const { url, entra } = await startWith({}, { jit: 1 })
      for (const { token, key } of [await userOf(entra), await userOf(entra), await userOf(entra)]) {
        expect(await ask(url, withFields, token)).toStrictEqual(answerOf(key))
        expect(callerOf(await ask(url, withFields))).toBeUndefined()
      }
    })
  })
}
