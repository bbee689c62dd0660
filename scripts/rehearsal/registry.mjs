// A package registry in memory, as much of one as `pnpm publish` and `npm install` speak to. What was published to
// it is served from it; every other package name is redirected to the registry that the machine uses.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

/** @typedef {{ manifest: any, tarball: Buffer }} Published */

/**
 * @param {{ names: readonly string[], upstream: string }} options `names` are never asked of the upstream.
 * @returns {Promise<{ url: string, packages: Map<string, { tags: Record<string, string>, versions: Map<string, Published> }>, close(): Promise<void> }>}
 */
export async function startRegistry({ names, upstream }) {
  const packages = new Map(names.map((name) => [name, { tags: {}, versions: new Map() }]))
  const server = createServer((request, response) => void respond(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`

  async function respond(request, response) {
    const { status, headers, body } = await answer(request).catch((error) =>
      json(400, { error: error.message }),
    )
    response.writeHead(status, headers).end(body)
  }

  async function answer(request) {
    const [name, file] = decodeURIComponent(request.url.slice(1)).split('/-/')
    const known = packages.get(name)
    if (request.method === 'PUT')
      return known ? publish(known, await bodyOf(request)) : json(403, { error: name })
    if (known === undefined) {
      // Never resolved against the upstream: the path `//evil.example/` would stand in for its host.
      const location = new URL(upstream)
      ;[location.pathname, location.search = ''] = request.url.split('?')
      return { status: 302, headers: { location: location.href } }
    }
    const tarball = [...known.versions.values()].find(
      ({ manifest }) => file && manifest.dist.tarball.endsWith(file),
    )
    if (tarball)
      return { status: 200, headers: { 'content-type': 'application/gzip' }, body: tarball.tarball }
    if (file !== undefined || known.versions.size === 0) return json(404, { error: 'not found' })
    const versions = Object.fromEntries(
      [...known.versions].map(([version, { manifest }]) => [version, manifest]),
    )
    return json(200, { name, 'dist-tags': known.tags, versions })
  }

  return {
    url,
    packages,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function publish({ tags, versions }, { 'dist-tags': newTags, versions: newVersions, _attachments }) {
  const [[version, manifest]] = Object.entries(newVersions)
  if (versions.has(version))
    return json(409, { error: `cannot publish over the previously published ${version}` })
  const [attachment] = Object.values(_attachments)
  const tarball = Buffer.from(attachment.data, 'base64')
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  if (manifest.dist.integrity !== integrity)
    return json(400, { error: 'the integrity is not that of the tarball' })
  versions.set(version, { manifest, tarball })
  Object.assign(tags, newTags)
  return json(201, { ok: true })
}

const json = (status, value) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
