// The files of dist/portal as one module, for the emulator: what is bundled or loaded by Jest knows no folder of its own.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const folder = path.join(import.meta.dirname, 'dist/portal')
const files = Object.fromEntries(
  readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
)
writeFileSync(
  path.join(import.meta.dirname, 'dist/files.js'),
  `export const files = ${JSON.stringify(files)}\n`,
)
