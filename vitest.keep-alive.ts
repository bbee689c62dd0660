import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { afterAll } from 'vitest'

/*
 * A server of Node ends a connection on which nothing came for five seconds, and the client, which is in the same process
 * here, leaves it a second earlier. On a busy machine both timers are late, and a test that asks before the client has
 * seen either gets ECONNRESET. So servers in a process of tests end no idle connection.
 */
function keepAlive(message: unknown): void {
  const server: unknown = Reflect.get(Object(message), 'server')
  Reflect.set(Object(server), 'keepAliveTimeout', 0)
}

subscribe('http.server.request.start', keepAlive)
afterAll(() => {
  unsubscribe('http.server.request.start', keepAlive)
})
