import { useEffect, useState } from 'preact/hooks'

import { read, type KeyState, type TrafficRecord } from '../emulator-api.ts'

const pause = 1000
const most = 500

/** What was asked so far, newest first, and the keys; read again every second while somebody looks. */
export function usePolled(onProblem: (message: string) => void): {
  readonly records: readonly TrafficRecord[]
  readonly keys: readonly KeyState[]
  readonly clear: () => void
} {
  const [records, setRecords] = useState<readonly TrafficRecord[]>([])
  const [keys, setKeys] = useState<readonly KeyState[]>([])

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = 0
    let isShown = true
    const poll = async (): Promise<void> => {
      try {
        const [more, states] = await Promise.all([
          read<readonly TrafficRecord[]>(`traffic?after=${last}`),
          read<readonly KeyState[]>('keys'),
        ])
        if (!isShown) return
        last = more.at(-1)?.id ?? last
        if (more.length > 0) setRecords((before) => [...more.toReversed(), ...before].slice(0, most))
        setKeys(states)
        onProblem('')
      } catch (error) {
        onProblem(error instanceof Error ? error.message : 'The emulator does not answer.')
      }
      if (isShown) timer = setTimeout(() => void poll(), pause)
    }
    void poll()
    return () => {
      isShown = false
      clearTimeout(timer)
    }
  }, [onProblem])

  return { records, keys, clear: () => setRecords([]) }
}
