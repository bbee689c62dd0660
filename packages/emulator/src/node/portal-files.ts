import { readdir, readFile } from 'node:fs/promises'
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
  // Only here: where Jest makes CommonJS of the package, `import.meta` must not be in what it loads at the start.
  const { portalFolder } = await import('../portal-folder.ts')
  const names = await readdir(portalFolder).catch(() => [])
  const read = async (name: string): Promise<readonly [string, PortalFile]> => {
    const content = new Uint8Array(await readFile(path.join(portalFolder, name)))
    return [name, { type: types[path.extname(name)] ?? 'application/octet-stream', content }]
  }
  return new Map(await Promise.all(names.map(read)))
}

/** The files that are built into this package, read once. */
export const findPortalFile: FindPortalFile = async (name) => {
  files ??= readFiles()
  return (await files).get(name)
}
