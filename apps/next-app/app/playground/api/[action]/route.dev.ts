import { isOwnRequest, loopbackEmulator } from '../../../../lib/loopback.ts'
import { act } from '../../../../lib/playground.ts'

/** `RouteContext` does not know a route that the build leaves out. */
interface ActionContext {
  readonly params: Promise<{ readonly action: string }>
}

export async function POST(request: Request, { params }: ActionContext): Promise<Response> {
  const emulator = loopbackEmulator(process.env['ENTRA_EMULATOR_URL'])
  if (emulator === undefined) return new Response(null, { status: 404 })
  if (!isOwnRequest(request)) return new Response(null, { status: 403 })
  try {
    const body: unknown = await request.json()
    const own = `http://${request.headers.get('host')}`
    return Response.json(await act((await params).action, Object(body), emulator, own))
  } catch (error) {
    return Response.json({ error: error instanceof Error ? error.message : 'Failed' }, { status: 400 })
  }
}
