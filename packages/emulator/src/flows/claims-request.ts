import { isRecord } from '../values/shape.ts'

/** What a `claims` parameter asks for. */
export interface ClaimsRequest {
  /** What the client declares, such as `cp1`. */
  readonly capabilities: readonly string[]
  /** Authentication contexts, such as `c1`. */
  readonly authenticationContexts: readonly string[]
  /** Conditional Access policies, from a challenge that named them. */
  readonly policies: readonly string[]
}

function requestedValues(request: unknown): readonly string[] {
  if (!isRecord(request)) return []
  const { value, values } = request
  return [value, ...(Array.isArray(values) ? values : [])].filter((one) => typeof one === 'string')
}

/** OpenID Connect Core §5.5; a claims challenge comes back to Entra in this parameter. */
export function readClaimsRequest(form: URLSearchParams): ClaimsRequest {
  const text = form.get('claims') ?? '{}'
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = {}
  }
  const accessToken = isRecord(parsed) ? parsed['access_token'] : undefined
  const members = isRecord(accessToken) ? accessToken : {}
  return {
    capabilities: requestedValues(members['xms_cc']),
    authenticationContexts: requestedValues(members['acrs']),
    policies: requestedValues(members['polids']),
  }
}
