import { challengeFor, EntraGuardError } from '@entraguard/core'

/** As much of the response of Express as {@link outageAware} reads and writes. */
interface ExpressResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  json: (body: unknown) => unknown
}

/** What a `requireBearerAuth` of the SDK returns: for the Fetch API, or for Express. */
type Check = (...given: never[]) => unknown

const outage = challengeFor(new EntraGuardError('keys_unavailable'))

/**
 * Wraps the SDK's own `requireBearerAuth`, so that an outage is answered with 503 and `Retry-After`. The SDK has no 503
 * for what `guard.tokenVerifier` throws: by itself it answers 400 `temporarily_unavailable`, which tells clients that
 * they made a mistake.
 *
 * It accepts the result of `requireBearerAuth` from `@modelcontextprotocol/server`, `@modelcontextprotocol/express` or
 * `@modelcontextprotocol/sdk` 1, and returns the same kind of value. All other responses of the SDK stay unchanged.
 *
 * @throws {TypeError} for anything that is not a function.
 *
 * @example
 * ```ts
 * app.use('/mcp', outageAware(requireBearerAuth({ verifier: guard.tokenVerifier })))
 * ```
 */
export function outageAware<C extends Check>(check: C): C {
  if (typeof check !== 'function')
    throw new TypeError('outageAware needs what requireBearerAuth returns: outageAware(requireBearerAuth(…))')
  const ask: (...given: readonly unknown[]) => unknown = (...given) => Reflect.apply(check, undefined, given)
  const aware = (request: unknown, response?: ExpressResponse, next?: (error?: unknown) => void): unknown =>
    response === undefined ? sent(ask(request)) : written(ask, request, response, next)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is called as what it wraps
  return aware as unknown as C
}

const isOutage = (status: number, body: unknown): boolean =>
  status === 400 &&
  typeof body === 'object' &&
  body !== null &&
  Reflect.get(body, 'error') === outage.body.error

/** For the Fetch API: an answer where the request is refused, else who calls. */
async function sent(answering: unknown): Promise<unknown> {
  const answer = await answering
  if (!(answer instanceof Response) || answer.status !== 400) return answer
  const body: unknown = await answer.clone().json()
  if (!isOutage(answer.status, body)) return answer
  await answer.body?.cancel()
  return Response.json(body, { status: outage.status, headers: outage.headers })
}

/** For Express: the SDK writes the answer itself, by `json`. Whoever comes next has the response as it was. */
function written(
  ask: (...given: readonly unknown[]) => unknown,
  request: unknown,
  response: ExpressResponse,
  next: ((error?: unknown) => void) | undefined,
): unknown {
  const { json } = response
  response.json = (body) => {
    response.json = json
    if (isOutage(response.statusCode, body)) {
      response.statusCode = outage.status
      for (const [name, value] of Object.entries(outage.headers)) response.setHeader(name, value)
    }
    return Reflect.apply(json, response, [body])
  }
  return ask(request, response, (error?: unknown) => {
    response.json = json
    next?.(error)
  })
}
