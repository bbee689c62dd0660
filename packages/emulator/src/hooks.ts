import type { HostedRequest } from './http/hosted-request.ts'
import { json } from './http/responses.ts'
import { kindOfRequest, type RequestKind } from './network/request-kind.ts'
import type { TokenOptions } from './tokens/token-options.ts'
import { merge } from './values/merge.ts'
import {
  hasMembers,
  isAnything,
  isNumber,
  isObject,
  isObjectOfTexts,
  isOneOf,
  isText,
  isWhole,
  type Check,
} from './values/shape.ts'

/** What the next token gets, whichever flow issues it. */
export interface NextToken extends Pick<TokenOptions, 'claims' | 'header' | 'expiresIn' | 'signWith'> {
  /** Which token. Default: the very next one. */
  readonly kind?: 'access' | 'id' | undefined
}

/** What the next response becomes. */
export interface NextResponse {
  /** Which requests. Default: all. */
  readonly on?: RequestKind | undefined
  readonly status?: number | undefined
  /** Headers to set, in addition to those of the response. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The body in place of that of the response: a text, or any other value as JSON. */
  readonly body?: unknown
}

/** Returns a response in place of the one that the emulator would send. */
export type ChangeResponse = (response: Response, request: Request) => Response | Promise<Response>

const isRequestKind = isOneOf('metadata', 'keys', 'token', 'graph')

const checkNextToken = hasMembers({
  kind: isOneOf('access', 'id'),
  claims: isObject,
  header: isObject,
  expiresIn: isNumber,
  signWith: isText,
} satisfies Readonly<Record<keyof NextToken, Check>>)

const checkNextResponse = hasMembers({
  on: isRequestKind,
  status: isWhole(200, 599),
  headers: isObjectOfTexts,
  body: isAnything,
} satisfies Readonly<Record<keyof NextResponse, Check>>)

/** One-shot changes that a test asked for. */
export interface Hooks {
  nextToken(change: NextToken): void
  nextResponse(change: NextResponse | ChangeResponse, on?: RequestKind): void
  /** The options of a token, changed if somebody asked for that. */
  tokenOptions<Options extends TokenOptions>(kind: 'access' | 'id', options: Options): Options
  respond(hosted: HostedRequest, response: Response): Response | Promise<Response>
  clear(): void
}

function toChange({ status, headers = {}, body }: NextResponse): ChangeResponse {
  return async (response) => {
    const shown =
      body === undefined
        ? new Response(response.body, { status: status ?? response.status, headers: response.headers })
        : typeof body === 'string'
          ? new Response(body, { status: status ?? response.status, headers: response.headers })
          : json(body, status ?? response.status, Object.fromEntries(response.headers))
    for (const [name, value] of Object.entries(headers)) shown.headers.set(name, value)
    return shown
  }
}

/** Takes the first element that fits out of a list. */
function take<Item>(items: Item[], fits: (item: Item) => boolean): Item | undefined {
  const index = items.findIndex(fits)
  return index === -1 ? undefined : items.splice(index, 1)[0]
}

export function createHooks(): Hooks {
  const tokens: NextToken[] = []
  const responses: { readonly on: RequestKind | undefined; readonly change: ChangeResponse }[] = []
  return {
    nextToken(change) {
      checkNextToken(change, '')
      tokens.push(change)
    },
    nextResponse(change, on) {
      if (on !== undefined) isRequestKind(on, 'on')
      if (typeof change === 'function') return void responses.push({ on, change })
      checkNextResponse(change, '')
      responses.push({ on: change.on ?? on, change: toChange(change) })
    },
    tokenOptions(kind, options) {
      const found = take(tokens, (one) => one.kind === undefined || one.kind === kind)
      if (found === undefined) return options
      const { kind: _, claims, header, ...rest } = found
      return {
        ...merge(options, rest),
        // Here `undefined` says something: a member to remove.
        claims: { ...options.claims, ...claims },
        header: { ...options.header, ...header },
      }
    },
    respond(hosted, response) {
      const kind = kindOfRequest(hosted)
      const found = take(responses, ({ on }) => on === undefined || on === kind)
      return found === undefined ? response : found.change(response, hosted.request)
    },
    clear() {
      tokens.length = 0
      responses.length = 0
    },
  }
}
