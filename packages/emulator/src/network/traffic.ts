import type { Directory } from '../directory/directory.ts'
import type { HostedRequest } from '../http/hosted-request.ts'
import { Unreachable } from '../http/unreachable.ts'
import { isRecord, type Body } from '../values/shape.ts'
import { maskedAddress, maskedJson, maskedMembers } from './masked.ts'
import { reasonFor } from './reason.ts'
import { kindOfRequest } from './request-kind.ts'

/** One request that came over a socket, and its response. It contains no secrets. */
export interface TrafficRecord {
  /** Counts up from 1. */
  readonly id: number
  /** Milliseconds since the epoch, by the clock of the emulator. */
  readonly at: number
  readonly method: string
  readonly url: string
  readonly kind: 'metadata' | 'keys' | 'token' | 'graph' | 'other'
  /** 0 when the connection was dropped. */
  readonly status: number
  /** Milliseconds. */
  readonly duration: number
  readonly why: string
  /** What was posted. */
  readonly form: Readonly<Record<string, string>>
  /** The answer, where it is JSON of a size that can be read. */
  readonly answer: unknown
  readonly userAgent: string
  /** Did the portal itself ask, for the keys of its inspector? */
  readonly isOwn: boolean
}

/** What the portal sends along, so that its own requests are told from those of APIs and clients. */
const OWN_HEADER = 'x-entraguard-portal'

export interface Traffic {
  /** Answers a request, and records the request and the response. */
  follow(hosted: HostedRequest, answer: () => Promise<Response>): Promise<Response>
  /** The records after that one, oldest first. */
  after(id: number): readonly TrafficRecord[]
  clear(): void
}

const MOST_RECORDS = 500
const MOST_CHARACTERS = 32_768

async function readForm(request: Request): Promise<URLSearchParams> {
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true
  return new URLSearchParams(isForm ? await request.clone().text() : '')
}

async function readJson(response: Response): Promise<Body | undefined> {
  if (response.headers.get('content-type')?.includes('json') !== true) return undefined
  const text = await response.clone().text()
  if (text.length > MOST_CHARACTERS) return undefined
  try {
    const body: unknown = JSON.parse(text)
    return isRecord(body) ? body : undefined
  } catch {
    return undefined
  }
}

export function createTraffic(directory: Directory, now: () => number): Traffic {
  const records: TrafficRecord[] = []
  let last = 0

  function note(
    hosted: HostedRequest,
    form: URLSearchParams,
    since: number,
  ): Omit<TrafficRecord, 'status' | 'why' | 'answer'> {
    const { host, request, url } = hosted
    last += 1
    return {
      id: last,
      at: now(),
      method: request.method,
      url: maskedAddress(host, url),
      kind: kindOfRequest(hosted) ?? 'other',
      duration: Math.round(performance.now() - since),
      form: maskedMembers(form),
      userAgent: request.headers.get('user-agent') ?? '',
      isOwn: request.headers.has(OWN_HEADER),
    }
  }

  function keep(record: TrafficRecord): void {
    records.push(record)
    if (records.length > MOST_RECORDS) records.shift()
  }

  return {
    async follow(hosted, answer) {
      const since = performance.now()
      const form = await readForm(hosted.request)
      try {
        const response = await answer()
        const body = await readJson(response)
        const why = reasonFor({ hosted, directory, form, response, body })
        keep({ ...note(hosted, form, since), status: response.status, why, answer: maskedJson(body) })
        return response
      } catch (error) {
        if (error instanceof Unreachable)
          keep({
            ...note(hosted, form, since),
            status: 0,
            why: 'Offline: the connection was dropped',
            answer: undefined,
          })
        throw error
      }
    },
    after: (id) => records.filter((record) => record.id > id),
    clear: () => void (records.length = 0),
  }
}
