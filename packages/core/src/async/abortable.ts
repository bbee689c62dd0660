import { EntraGuardError } from '../errors/errors.ts'

/** Makes one caller stop waiting when its request is aborted. The work continues for the others that wait for it. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? work : raced(work, signal)
}

/** Who waits for a signal. One listener for each signal, however many calls it was given to. */
interface Waiting {
  readonly stops: Set<() => void>
  readonly listener: () => void
}

const waitingFor = new WeakMap<AbortSignal, Waiting>()

async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stopWaiting: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stopWaiting = onAbort(signal, () => {
      reject(
        new EntraGuardError('keys_unavailable', {
          details: { reason: 'the request was aborted' },
          cause: signal.reason,
        }),
      )
    })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    stopWaiting?.()
  }
}

/** Calls `stop` when the signal is aborted, or at once if it already is. Returns a function that cancels this. */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  if (signal.aborted) {
    stop()
    return () => {}
  }
  const waiting = waitingFor.get(signal) ?? listen(signal)
  // A function of its own: the same `stop` may be given twice.
  const entry = (): void => stop()
  waiting.stops.add(entry)
  return () => {
    waiting.stops.delete(entry)
    if (waiting.stops.size > 0) return
    signal.removeEventListener('abort', waiting.listener)
    waitingFor.delete(signal)
  }
}

function listen(signal: AbortSignal): Waiting {
  const stops = new Set<() => void>()
  const listener = (): void => {
    for (const stop of stops) stop()
  }
  signal.addEventListener('abort', listener)
  const waiting = { stops, listener }
  waitingFor.set(signal, waiting)
  return waiting
}
