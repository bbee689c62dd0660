/** The `WWW-Authenticate` of a route, made of the scopes that it asks of users: `undefined` where it asks for none. */
type ChallengeOfRoute = (scope: string | undefined) => string

/** What has to come back. */
export interface Answer {
  /** Several where frameworks may differ; never a success then, unless it is among them. */
  readonly status: number | readonly number[]
  /** The whole `WWW-Authenticate`; `null`: there must be none. */
  readonly challenge?: string | null | ChallengeOfRoute
  /** The whole body as JSON. */
  readonly body?: unknown
}

/** A refusal, down to the letter: nothing in it depends on what was sent. */
const refusal = (
  status: number,
  error: string,
  description: string,
  challenge: string | ChallengeOfRoute,
): Answer => ({
  status,
  challenge,
  body: { error, error_description: description },
})

const challenge = (error: string, description: string, more = ''): string =>
  `Bearer error="${error}", error_description="${description}"${more}`

export const accepted: Answer = { status: 200, challenge: null }
export const created: Answer = { status: 201, challenge: null }

/** A scope as a client has to ask Entra for it: tokens have the part after the Application ID URI. */
export const inFull = (scope: string): string => `api://22222222-2222-4222-8222-222222222222/${scope}`

/** RFC 6750 §3.1: no error code where no token came. */
export const withoutToken: ChallengeOfRoute = (scope) =>
  scope === undefined ? 'Bearer realm=""' : `Bearer scope="${inFull(scope)}"`

export const noToken: Answer = refusal(401, 'unauthorized', 'An access token is required.', withoutToken)

export const otherScheme: Answer = refusal(
  401,
  'unauthorized',
  'A bearer access token is required.',
  withoutToken,
)

const malformed = 'The Authorization header is malformed.'
export const malformedRequest: Answer = refusal(
  400,
  'invalid_request',
  malformed,
  challenge('invalid_request', malformed),
)

const invalid = 'The access token is not valid for this API.'
export const invalidToken: Answer = refusal(401, 'invalid_token', invalid, (scope) =>
  challenge('invalid_token', invalid, scope === undefined ? '' : `, scope="${inFull(scope)}"`),
)

const insufficient = 'The access token does not permit this operation.'
export const notPermitted = (scope?: string): Answer =>
  refusal(
    403,
    'insufficient_scope',
    insufficient,
    challenge('insufficient_scope', insufficient, scope === undefined ? '' : `, scope="${inFull(scope)}"`),
  )

/** Never a 401: the caller did nothing wrong. */
export const unavailable: Answer = {
  status: 503,
  challenge: null,
  body: {
    error: 'temporarily_unavailable',
    error_description: 'Access tokens cannot be checked at the moment.',
  },
}
