import { describe, expect, it } from 'vitest'

import { lastAnswer, networkOf, type LastAnswer } from '../src/msal-network.ts'

const url = 'https://login.microsoftonline.com/token'

/** What MSAL gets for this answer, and what is known of it besides. */
async function answered(answer: () => Response, timeout = 1000) {
  const sent: Request[] = []
  const network = networkOf(async (input, init) => {
    sent.push(new Request(input, init))
    return answer()
  }, timeout)
  const last: LastAnswer = {}
  const outcome = await lastAnswer.run(last, () =>
    network.sendPostRequestAsync(url, { headers: { 'x-a': 'b' }, body: 'grant' }).then(
      (response) => response,
      (error: unknown) => String(error),
    ),
  )
  return { outcome, last, sent: sent[0] }
}
const withStatus = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  answered(() => new Response('{"error":"x"}', { status, headers }))

describe('a request of MSAL', () => {
  it('is sent as it is, follows nobody, and ends in time', async () => {
    const { sent } = await answered(() => Response.json({}))
    expect([sent?.url, sent?.method, sent?.headers.get('x-a'), sent?.redirect]).toEqual([
      url,
      'POST',
      'b',
      'manual',
    ])
    expect(await sent?.text()).toBe('grant')
    expect(sent?.signal.aborted).toBe(false)
  })

  it('needs neither headers nor a body', async () => {
    const asked: (RequestInit | undefined)[] = []
    const network = networkOf(async (_input, init) => {
      asked.push(init)
      return Response.json({ a: 1 })
    }, 1000)
    expect(await network.sendGetRequestAsync(url)).toMatchObject({ status: 200, body: { a: 1 } })
    expect(asked[0]).toMatchObject({ method: 'GET', headers: {} })
    expect('body' in (asked[0] ?? {})).toBe(false)
  })
})

describe('an answer', () => {
  it.each<[string, number, string, unknown]>([
    ['JSON', 200, '{"access_token":"x"}', { access_token: 'x' }],
    ['an error as JSON', 400, '{"error":"invalid_grant"}', { error: 'invalid_grant' }],
    ['JSON that is no error', 400, '{"access_token":"x"}', undefined],
    ['a page', 200, '<html>', undefined],
    ['nothing', 200, '', undefined],
    ['null', 200, 'null', undefined],
    ['a text', 200, '"error"', undefined],
    ['a number', 400, '7', undefined],
  ])('that is %s with %s is read as what it is', async (_what, status, text, body) => {
    const { outcome, last } = await answered(() => new Response(text, { status }))
    expect(outcome).toMatchObject({
      status,
      body: body ?? { error: 'temporarily_unavailable', error_description: '' },
    })
    expect(last).toEqual({ status })
  })

  it.each([429, 500, 503, 599])(
    'with %i is no answer to MSAL, which would stop asking for anybody',
    async (status) => {
      const { outcome, last } = await withStatus(status)
      expect(outcome).toBe(`Error: the token endpoint answered ${status}`)
      expect(last).toEqual({ status })
    },
  )

  it.each([200, 400, 428, 430, 499])('with %i is one', async (status) => {
    expect((await withStatus(status)).outcome).toMatchObject({ status })
  })

  it.each<[string, number | undefined]>([
    ['17', 17],
    ['1.2', 2],
    ['3600', 3600],
    ['3601', 3600],
    ['0', undefined],
    ['-1', undefined],
    ['', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ])(
    'that says "%s" about waiting makes callers wait %s, and MSAL hears nothing of it',
    async (said, seconds) => {
      const { outcome, last } = await withStatus(400, { 'retry-after': said, 'x-c': 'd' })
      expect(last).toEqual({ status: 400, ...(seconds !== undefined && { retryAfter: seconds }) })
      expect(outcome).toHaveProperty('headers.x-c', 'd')
      expect(outcome).not.toHaveProperty('headers.retry-after')
    },
  )

  it('has a megabyte at most, in whatever pieces, of letters that may be cut between them', async () => {
    const text = JSON.stringify({ a: 'ü'.repeat(400_000) })
    const bytes = new TextEncoder().encode(text)
    const pieces = (padding: number) => (): Response => {
      const all = Buffer.concat([bytes, Buffer.alloc(1024 * 1024 - bytes.length + padding, ' ')])
      return new Response(
        new ReadableStream({
          start: (controller) => {
            for (let at = 0; at < all.length; at += 65_537) controller.enqueue(all.subarray(at, at + 65_537))
            controller.close()
          },
        }),
      )
    }
    expect((await answered(pieces(0))).outcome).toMatchObject({ body: JSON.parse(text) as object })
    expect((await answered(pieces(1))).outcome).toBe('Error: the answer of the token endpoint is too long')
  })

  it('without a body is none', async () => {
    expect((await answered(() => new Response(null, { status: 204 }))).outcome).toMatchObject({
      body: { error: 'temporarily_unavailable' },
    })
  })

  it('is kept for nobody where no exchange runs', async () => {
    const network = networkOf(async () => Response.json({}, { headers: { 'retry-after': '3' } }), 1000)
    expect(await network.sendGetRequestAsync(url)).toMatchObject({ status: 200 })
  })
})
