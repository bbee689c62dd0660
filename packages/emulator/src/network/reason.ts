import type { Directory } from '../directory/directory.ts'
import { isRecord, type Body } from '../values/shape.ts'
import type { HostedRequest } from '../http/hosted-request.ts'
import { kindOfRequest } from './request-kind.ts'

/** One request and its response, as far as it helps to find a mistake. */
export interface Asked {
  readonly hosted: HostedRequest
  readonly directory: Directory
  /** The posted form. */
  readonly form: URLSearchParams
  readonly response: Response
  /** The answer, where it is JSON. */
  readonly body: Body | undefined
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Entra's sentence without what is only for its support. */
const sentence = (description: string): string => description.replace(/ Trace ID: .*$/s, '')

/** What an error document says; Graph's is one level deeper. */
function refusal(body: Body | undefined): string | undefined {
  const error = body?.['error']
  if (isRecord(error)) return [text(error['code']), text(error['message'])].filter(Boolean).join(': ')
  const description = text(body?.['error_description'])
  return description === undefined ? text(error) : `${String(error)}: ${sentence(description)}`
}

const clientOf = ({ form, hosted, directory }: Asked): string => {
  const id = form.get('client_id') ?? hosted.url.searchParams.get('client_id')
  return id === null ? 'a client' : (directory.app(id)?.name ?? id)
}

/** A token endpoint that gave something. */
function granted(asked: Asked): string {
  const { body, form } = asked
  const tokens = ['access_token', 'id_token', 'refresh_token'].filter((name) => body?.[name] !== undefined)
  const what = tokens.map((name) => name.replace('_', ' ')).join(', ')
  const scope = text(body?.['scope'])
  return `${form.get('grant_type') ?? 'A grant'} of ${clientOf(asked)}: ${what}${scope === undefined ? '' : ` for ${scope}`}`
}

/** Where a browser was sent, and with what: names only, because the values let somebody in. */
function redirected(location: string): string {
  if (!URL.canParse(location)) return 'Sends the browser on'
  const { origin, pathname, searchParams, hash } = new URL(location)
  const members = new URLSearchParams([...searchParams, ...new URLSearchParams(hash.slice(1))])
  const error = members.get('error_description') ?? members.get('error')
  const carried = error === null ? [...members.keys()].join(', ') : sentence(error)
  return `Sends the browser to ${origin}${pathname}${carried === '' ? '' : ` with ${carried}`}`
}

function keysIn(body: Body | undefined): string {
  const keys = Array.isArray(body?.['keys']) ? body['keys'].filter(isRecord) : []
  return `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}: ${keys.map(({ kid }) => String(kid)).join(', ')}`
}

/** The reason for the response, in one sentence. */
export function reasonFor(asked: Asked): string {
  const { hosted, response, body } = asked
  const refused = response.ok ? undefined : refusal(body)
  if (refused !== undefined && refused !== '') return refused
  const location = response.headers.get('location')
  if (location !== null) return redirected(location)
  if (response.status === 404) return 'Entra ID has no such address'
  if (!response.ok) return `Status ${response.status}`
  switch (kindOfRequest(hosted)) {
    case 'metadata':
      return `Metadata of the issuer ${String(body?.['issuer'])}`
    case 'keys':
      return keysIn(body)
    case 'token':
      return granted(asked)
    case 'graph':
      return 'Microsoft Graph answers'
    case undefined:
      return response.headers.get('content-type')?.startsWith('text/html') === true
        ? `A page for the user of ${clientOf(asked)}`
        : 'Answered'
  }
}
