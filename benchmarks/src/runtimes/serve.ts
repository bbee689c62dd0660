import { prove, runBatch, takeTokens } from '../measure.ts'
import type { Contestant, Facts } from '../portable.ts'
import { factsOf, type Given } from './given.ts'

/** What the parent asks of a worker. */
export type Command =
  | { readonly do: 'load'; readonly given: Given }
  | { readonly do: 'prepare'; readonly name: string; readonly isSeen: boolean; readonly count: number }
  | { readonly do: 'run'; readonly name: string; readonly concurrency: number }

interface State {
  readonly given: Given
  readonly contestants: readonly Contestant[]
  strings: readonly string[]
}

/** Nothing but the loop and the request: what is taken away from the others. */
export const emptyContestant: Contestant = { name: '(nothing)', check: () => undefined }

/**
 * A worker whose clock is the parent's: in workerd time stands still while code runs. What a run needs is prepared in a
 * request before it, so that the run itself is nothing but the checks.
 */
export function serve(make: (facts: Facts) => Promise<readonly Contestant[]>): {
  fetch: (request: Request) => Promise<Response>
} {
  let state: State | undefined
  return {
    fetch: async (request) => {
      const command = (await request.json()) as Command
      if (command.do === 'load') {
        const contestants = await make(factsOf(command.given))
        await prove(contestants, command.given.tokens)
        state = { given: command.given, contestants, strings: [] }
        return Response.json(contestants.map(({ name }) => name))
      }
      if (state === undefined) throw new Error('nothing was loaded')
      const contestant = [emptyContestant, ...state.contestants].find(({ name }) => name === command.name)
      if (contestant === undefined) throw new Error(`no contestant ${command.name}`)
      if (command.do === 'prepare') {
        const { tokens } = state.given
        state.strings = takeTokens(contestant, command.isSeen ? tokens.slice(0, 64) : tokens, command.count)
        return Response.json(command.count)
      }
      await runBatch(contestant.check, state.strings, command.concurrency)
      return Response.json(state.strings.length)
    },
  }
}
