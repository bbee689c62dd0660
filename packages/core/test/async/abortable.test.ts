import { getEventListeners } from 'node:events'

import { createEmulator } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { abortable, onAbort } from '../../src/async/abortable.ts'
import { createVerifier } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'

const listeners = ({ signal }: AbortController): number => getEventListeners(signal, 'abort').length

describe('one signal for many calls', () => {
  it('has one listener while they wait, and none when they are done', async () => {
    const controller = new AbortController()
    const entra = await createEmulator()
    const verifier = createVerifier({ ...entra.verifierOptions(), check: async () => {} })
    const tokens = await Promise.all(Array.from({ length: 50 }, () => entra.issueUserToken()))
    const calls = tokens.map((token) => verifier.verify(token, { signal: controller.signal }))
    expect(listeners(controller)).toBe(1)
    expect(await Promise.all(calls)).toHaveLength(50)
    expect(listeners(controller)).toBe(0)
  })

  it('ends every wait, each with an error of its own, and no wait that is over', async () => {
    const controller = new AbortController()
    const done = await abortable(Promise.resolve('done'), controller.signal)
    const never = new Promise<never>(() => {})
    const waits = Array.from({ length: 3 }, () => abortable(never, controller.signal))
    controller.abort(new Error('the server stops'))
    const errors = await Promise.all(waits.map((wait) => wait.catch((error: unknown) => error)))
    expect(done).toBe('done')
    expect(new Set(errors).size).toBe(3)
    for (const error of errors)
      expect(error).toMatchObject({ code: 'keys_unavailable', cause: new Error('the server stops') })
    expect(listeners(controller)).toBe(0)
  })

  it('that is aborted already ends a wait at once', async () => {
    expect(await outcomeOf(abortable(new Promise(() => {}), AbortSignal.abort()))).toBe('keys_unavailable')
  })

  it('may be waited for twice with the same function, and called off once', () => {
    const controller = new AbortController()
    let stopped = 0
    const stop = (): void => void stopped++
    const callOff = onAbort(controller.signal, stop)
    onAbort(controller.signal, stop)
    callOff()
    callOff()
    controller.abort()
    expect(stopped).toBe(1)
  })
})
