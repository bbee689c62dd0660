import { EntraGuardError } from '../errors/errors.ts'

/** Ends one caller's wait when its request is aborted. The work goes on for the others who wait for it. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? work : raced(work, signal)
}

async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(
        new EntraGuardError('keys_unavailable', {
          details: { reason: 'the request was aborted' },
          cause: signal.reason,
        }),
      )
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
