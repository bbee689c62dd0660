/** What any route costs that looks at a header. */
export async function GET(request: Request): Promise<Response> {
  if (!request.headers.has('authorization')) return new Response(null, { status: 401 })
  return await Promise.resolve(Response.json([{ id: 1, item: 'A chair' }]))
}
