import { fork } from 'node:child_process'
import path from 'node:path'

import type { Measured } from './downstream-hits.ts'
import { atMost, format, ratio, target, type Section } from './report.ts'
import { answerOf } from './server-process.ts'

/** What a call for the user costs when the token of the other API is there, as the number of users grows. */
export async function downstreamSection(quick: boolean): Promise<Section> {
  const file = path.join(import.meta.dirname, 'downstream-hits.ts')
  const child = fork(file, quick ? ['--quick'] : [], { execArgv: ['--expose-gc'] })
  const { hits, together, togetherMsal } = await answerOf<Measured>(child, file)
  const [one] = hits
  const worst = Math.max(...hits.map(({ ours }) => ours))
  return {
    title: 'Calling the next API: a token that is there already',
    text: `\`tokenFor\` of \`@entraguard/downstream\` compared with \`acquireTokenOnBehalfOf\` of \`@azure/msal-node\` alone, whose cache searches all users: filling it with more than 1,000 takes minutes. The token endpoint answers at once, because this measures how tokens are cached. A hit that made an exchange would end the run. The tokens of a thousand users, spread over all, come in turn. Memory is the heap of an entry with its token of 1.5 kB, after garbage collection. A hundred requests of one user at once: ${together} exchange, with MSAL alone ${togetherMsal}.`,
    head: ['users', 'µs a hit', 'of one user', 'µs with MSAL alone', 'MSAL is', 'kB an entry'],
    rows: hits.map(({ users, ours, msal, perEntry }) => [
      users.toLocaleString('en'),
      format(ours),
      ratio(ours, one?.ours),
      msal === undefined ? '–' : format(msal),
      ratio(msal ?? Number.NaN, ours),
      // One entry is less than what the first call loads.
      users === 1 ? '–' : format(perEntry / 1000),
    ]),
    targets: [
      target(
        'next API: a token that is there, however many users',
        '≤ 20 µs',
        `${format(worst)} µs at the worst`,
        worst <= 20,
      ),
      atMost(
        'next API: a hit with the most users',
        2,
        (hits.at(-1)?.ours ?? Number.NaN) / (one?.ours ?? Number.NaN),
        'with one',
      ),
      target('next API: 100 requests of one user at once', '1 exchange', `${together}`, together === 1),
    ],
  }
}
