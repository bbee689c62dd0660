import { post, type ApiAnswer, type LocalApi } from '../emulator-api.ts'

/** An API with what it answered. */
export interface Answered {
  readonly api: LocalApi
  readonly answer: ApiAnswer
  /** The code of the refusal and what to do, where the API exposes them. */
  readonly code?: string
  readonly hint?: string
}

/** One key that an API knows, of `verifier.keys()`. */
export interface KnownKey {
  readonly kid: string
  /** Seconds since it was read. */
  readonly age: number
  /** Seconds until it is asked for again after a failure. */
  readonly backOff: number
}

/** An API with the keys that it knows; without them where it does not tell. */
export interface Knowing {
  readonly api: LocalApi
  readonly keys?: readonly KnownKey[]
}

/** What the lists call an API that has no name. */
export function nameOf({ name, url }: LocalApi): string {
  if (name !== undefined && name !== '') return name
  return URL.canParse(url) ? new URL(url).host : url
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The emulator sends it, not the page: an API needs no CORS for that, and the page may ask nobody else. */
async function ask(url: string, token?: string): Promise<ApiAnswer> {
  try {
    return await post<ApiAnswer>('send', { url, ...(token !== undefined && { token }) })
  } catch (error) {
    return { status: 0, problem: error instanceof Error ? error.message : 'It failed.' }
  }
}

const textIn = (body: unknown, name: string): string | undefined => {
  const text: unknown = Reflect.get(Object(body), name)
  return typeof text === 'string' ? text : undefined
}

/** Sends a token, or none, to every API. */
export const sendToAll = (
  apis: readonly LocalApi[],
  token: string | undefined,
): Promise<readonly Answered[]> =>
  Promise.all(
    apis.map(async (api): Promise<Answered> => {
      const answer = await ask(api.url, token)
      if ('problem' in answer) return { api, answer }
      const body = parsed(answer.body)
      const [code, hint] = [textIn(body, 'code'), textIn(body, 'hint')]
      return { api, answer, ...(code !== undefined && { code }), ...(hint !== undefined && { hint }) }
    }),
  )

const isKnownKey = (value: unknown): value is KnownKey => {
  const { kid, age, backOff }: Partial<Record<string, unknown>> = Object(value)
  return typeof kid === 'string' && typeof age === 'number' && typeof backOff === 'number'
}

/** Asks every API that tells them which keys it knows. */
export const keysOfAll = (apis: readonly LocalApi[]): Promise<readonly Knowing[]> =>
  Promise.all(
    apis.flatMap(({ keysUrl, ...api }) =>
      keysUrl === undefined
        ? []
        : [
            ask(keysUrl).then((answer): Knowing => {
              const keys = 'problem' in answer || answer.status !== 200 ? undefined : parsed(answer.body)
              return Array.isArray(keys) && keys.every(isKnownKey) ? { api, keys } : { api }
            }),
          ],
    ),
  )

const verdictOf = ({ answer, code }: Answered): string =>
  'problem' in answer ? 'no answer' : `${answer.status}${code === undefined ? '' : ` ${code}`}`

/** Do they agree? In one sentence. */
export function comparisonOf(answers: readonly Answered[]): string {
  const verdicts = [...new Set(answers.map(verdictOf))]
  if (answers.length === 0) return 'Add the address of an API first.'
  if (verdicts.length > 1) return `The APIs do not agree: ${verdicts.join(', ')}.`
  return answers.length === 1
    ? `The answer is ${verdicts[0]}.`
    : `All ${answers.length} APIs answer alike: ${verdicts[0]}.`
}
