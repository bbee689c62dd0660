import type { HostedRequest } from '../http/hosted-request.ts'
import { kindOfRequest, type RequestKind } from './request-kind.ts'
import { hasMembers, isAmount, isEither, isOneOf, isWhole, type Check } from '../values/shape.ts'

/** How responses are disturbed. */
export interface Disturbance {
  /** Which requests. Default: all. */
  readonly on?: RequestKind | undefined
  /** Delay before the response, in seconds of real time. */
  readonly latency?: number | undefined
  /**
   * What is sent in place of the response. `malformed`: JSON that stops in the middle. `oversized`: a well-formed
   * document of 2 MB. `redirect`: a redirect to another host. `html`: the page of a proxy, with status 200. `empty`: no
   * body. `throttled`: 429 with Retry-After. A number: that status.
   */
  readonly answer?:
    | 'malformed'
    | 'oversized'
    | 'redirect'
    | 'html'
    | 'empty'
    | 'throttled'
    | number
    | undefined
  /** Seconds in Retry-After. Default 1. */
  readonly retryAfter?: number | undefined
  /** For how many requests. Default: until `calm()`. */
  readonly times?: number | undefined
}

const checkDisturbance = hasMembers({
  on: isOneOf('metadata', 'keys', 'token', 'graph'),
  latency: isAmount,
  answer: isEither(
    [isOneOf('malformed', 'oversized', 'redirect', 'html', 'empty', 'throttled'), isWhole(200, 599)],
    '"malformed", "oversized", "redirect", "html", "empty", "throttled" or a status',
  ),
  retryAfter: isAmount,
  times: isAmount,
} satisfies Readonly<Record<keyof Disturbance, Check>>)

export interface Disturbances {
  /** @throws TypeError naming the member that is wrong. */
  add(disturbance: Disturbance): void
  clear(): void
  /** The answer that takes the place of the real one, after the latency. */
  disturb(hosted: HostedRequest, answer: () => Promise<Response>): Promise<Response>
}

const OVERSIZE = 2 * 1024 * 1024

const jsonType = { 'content-type': 'application/json; charset=utf-8' }

async function disturbed(
  { answer, retryAfter = 1 }: Disturbance,
  real: () => Promise<Response>,
): Promise<Response> {
  if (answer === undefined) return real()
  if (typeof answer === 'number') {
    const body = [204, 205, 304].includes(answer) ? null : '{"error":"temporarily_unavailable"}'
    return new Response(body, { status: answer, headers: jsonType })
  }
  switch (answer) {
    case 'malformed': {
      const text = await (await real()).text()
      return new Response(text.slice(0, text.length / 2), { headers: jsonType })
    }
    case 'oversized': {
      const text = await (await real()).text()
      return new Response(`${' '.repeat(OVERSIZE)}${text}`, { headers: jsonType })
    }
    case 'redirect':
      return new Response(null, { status: 302, headers: { location: 'https://attacker.example/keys' } })
    case 'html':
      return new Response('<!DOCTYPE html><title>Sign in to the network</title>', {
        headers: { 'content-type': 'text/html' },
      })
    case 'empty':
      return new Response(null, { headers: jsonType })
    case 'throttled':
      return new Response('{"error":{"code":"TooManyRequests","message":"Please retry again later."}}', {
        status: 429,
        headers: { ...jsonType, 'retry-after': String(retryAfter) },
      })
  }
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal.addEventListener('abort', stop, { once: true })
  })
}

export function createDisturbances(): Disturbances {
  let active: { readonly disturbance: Disturbance; left: number }[] = []
  return {
    add(disturbance) {
      checkDisturbance(disturbance, '')
      active.push({ disturbance, left: disturbance.times ?? Number.POSITIVE_INFINITY })
    },
    clear: () => void (active = []),
    async disturb(hosted, answer) {
      const kind = kindOfRequest(hosted)
      const chosen = active.find(
        ({ disturbance: { on }, left }) => left > 0 && (on === undefined || on === kind),
      )
      if (chosen === undefined) return answer()
      chosen.left -= 1
      const { latency = 0 } = chosen.disturbance
      if (latency > 0) await wait(latency, hosted.request.signal)
      return disturbed(chosen.disturbance, answer)
    },
  }
}
