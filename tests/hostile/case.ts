import type { EntraGuardErrorCode, VerifierOptions } from '@entraguard/core'

import type { Documents } from './forge.ts'

/** One attack: what is sent, and the only answer that is right. */
export interface HostileCase {
  readonly category: string
  readonly id: string
  /** Not always a string: callers without types exist. */
  readonly token: unknown
  /** `accepted` for the harmless neighbours of an attack: a rule that refuses those too is wrong as well. */
  readonly expected: EntraGuardErrorCode | 'accepted'
  /** Documents of a lying or damaged identity provider. */
  readonly documents?: Documents
  readonly options?: Partial<VerifierOptions>
  /** Nothing may be fetched on account of this token. */
  readonly beforeAnyFetch?: boolean
}

/** Cases of one category; `add` fills in what is the same for all. */
export function category(
  name: string,
  fill: (
    add: (id: string, token: unknown, expected: HostileCase['expected'], more?: Partial<HostileCase>) => void,
  ) => void,
): readonly HostileCase[] {
  const cases: HostileCase[] = []
  fill((id, token, expected, more) => {
    cases.push({ category: name, id, token, expected, ...more })
  })
  return cases
}
