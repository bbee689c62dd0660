/** As much of an `AbortSignal` as the Azure SDKs promise (`AbortSignalLike`): theirs need not have a `reason`. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A caller who may leave, and what the call is rejected with then. */
export interface Leaving {
  readonly signal: AbortSignalLike
  readonly reason: () => unknown
}

/** Waits no longer than the caller; what others wait for goes on. */
export async function until<T>(leaving: Leaving | undefined, work: Promise<T>): Promise<T> {
  if (leaving === undefined) return await work
  const { signal, reason } = leaving
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller aborted with
      reject(reason())
    }
    const leave = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).then(leave, leave)
  })
}
