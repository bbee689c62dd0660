import type { Facts } from '../portable.ts'

/** What another runtime is given, as JSON: the workload, its documents in the place of an identity provider. */
export interface Given extends Omit<Facts, 'fetch'> {
  readonly tokens: readonly string[]
  /** By address. */
  readonly documents: Readonly<Record<string, string>>
}

export function factsOf({ documents, ...given }: Given): Facts {
  return {
    ...given,
    fetch: (url) => {
      const document = documents[url]
      return document === undefined
        ? Promise.reject(new Error(`no document for ${url}`))
        : Promise.resolve(new Response(document, { headers: { 'content-type': 'application/json' } }))
    },
  }
}
