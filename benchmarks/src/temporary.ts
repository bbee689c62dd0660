import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

let root: string | undefined

/** A folder of its own within one for this process, gone when it ends. */
export function temporaryFolder(): string {
  if (root === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'entraguard-bench-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    root = folder
  }
  return mkdtempSync(path.join(root, 'part-'))
}
