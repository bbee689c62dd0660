import path from 'node:path'

import type { FindPortalFile, PortalFile } from '../network/portal.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/plain; charset=utf-8',
}

let files: Promise<ReadonlyMap<string, PortalFile>> | undefined

/** What a name in a request may be is known before: no path is made of it. */
async function readFiles(): Promise<ReadonlyMap<string, PortalFile>> {
  // Only for who looks at it: the texts are larger than everything else of this package.
  const portal = await import('@entraguard/portal/files')
  const encoder = new TextEncoder()
  return new Map(
    Object.entries(portal.files).map(([name, text]) => [
      name,
      { type: types[path.extname(name)] ?? 'application/octet-stream', content: encoder.encode(text) },
    ]),
  )
}

/** The files that are built into this package, made once. */
export const findPortalFile: FindPortalFile = async (name) => {
  files ??= readFiles()
  return (await files).get(name)
}
