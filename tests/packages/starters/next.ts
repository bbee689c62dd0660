/** A block of code of the README. */
type CodeOf = (snippet: string) => Promise<string>

const main = 'tests/next/fixtures/main'

/**
 * What a project of `create-next-app` gets: the files of the README where the README puts them, and what every second
 * application has beside them.
 */
export async function nextFiles(codeOf: CodeOf): Promise<Readonly<Record<string, string>>> {
  return {
    'verifier.ts': await codeOf('tests/examples/first-token/verifier.ts'),
    'app/orders/[id]/route.ts': await codeOf(`${main}/app/orders/[id]/route.ts#route`),
    'pages/api/orders.ts': await codeOf(`${main}/pages/api/orders.ts#api`),
    'app/prices/route.ts': await codeOf(`${main}/app/prices/route.ts#optional`),
    'app/overview/page.tsx': await codeOf('tests/next/fixtures/cache-components/app/overview/page.tsx#page'),
    'app/session.ts': session,
    'app/sign-in/page.tsx': 'export default function SignIn() {\n  return <p>sign in here</p>\n}\n',
    'app/cancel/session.ts': session,
    'app/cancel/action.ts': await codeOf(`${main}/app/session/action.ts#action`),
    'app/cancel/page.tsx': cancelPage,
    'proxy.ts': (await codeOf(`${main}/proxy.ts#proxy`)).replace(`'./verifier'`, `'@/verifier'`),
    'app/proxied/route.ts': proxiedRoute,
    'lib/shelf.ts': shelf,
    'app/shelf/route.ts': shelfRoute,
  }
}

/** Whatever signs users in; what matters here is that the token comes from it. */
const session = `import { cookies } from 'next/headers'

export async function tokenOfSession(): Promise<string | undefined> {
  return (await cookies()).get('session')?.value
}
`

const cancelPage = `import { deleteOrders } from './action'

export default function Cancel() {
  return (
    <form action={deleteOrders}>
      <button>Delete</button>
    </form>
  )
}
`

/** Behind the proxy, which is a guard of the application's own, and with none of ours. */
const proxiedRoute = `import type { NextRequest } from 'next/server'

export async function GET(request: NextRequest) {
  return new Response(request.method === 'GET' ? 'behind the proxy' : null)
}
`

/** A service that asks who calls. */
const shelf = `import { getIdentity } from '@entraguard/next'

import { verifier } from '../verifier'

export class Shelf {
  async owner(): Promise<string> {
    const user = await getIdentity(verifier, { scopes: ['Orders.Read'] })
    return user.objectId
  }
}
`

const shelfRoute = `import { EntraGuardError, toResponse } from '@entraguard/core'

import { Shelf } from '@/lib/shelf'

export async function GET() {
  try {
    return new Response(await new Shelf().owner())
  } catch (error) {
    if (EntraGuardError.is(error)) return toResponse(error)
    throw error
  }
}
`
