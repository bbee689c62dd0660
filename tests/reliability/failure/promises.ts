import { enough, type Figures } from './figures.ts'

/** The size limit of core, and what the streams between hold already. */
const readLimit = 1_048_576 + 512 * 1024

/**
 * What holds for every fault. None of it is a speed of the machine.
 */
export function brokenPromises(row: Figures): readonly string[] {
  const { fault, situation } = row
  const promises: Readonly<Record<string, boolean>> = {
    'a forged token got in': row.wrongAccepts === 0,
    'a valid token was called invalid': row.validDenied === 0,
    'a valid token was not served although its key was known':
      situation === 'cold' || row.validUnserved === 0,
    'a request got no answer': row.unanswered === 0,
    'the API failed by itself': row.crashes === 0,
    'nothing was sent': row.sent > enough,
    'the fault was not felt': row.providerRequests > 0 && (situation === 'warm' || row.validUnserved > 0),
    'the API did not recover': row.recovery !== undefined,
    'the provider was asked too often': row.asked <= allowedRequests(row.lasted),
    'a document was read beyond the limit': row.mostRead <= readLimit,
  }
  return Object.entries(promises).flatMap(([broken, holds]) =>
    holds ? [] : [`${fault} (${situation}): ${broken}`],
  )
}

/**
 * Back-off starts at one second, less a fifth, and doubles: so many tries fit, of either document, and three more of
 * each until the state after the outage is known.
 */
function allowedRequests(seconds: number): number {
  const tries = 2 + Math.ceil(Math.log2(seconds / 0.8 + 1))
  return 2 * (tries + 3)
}
