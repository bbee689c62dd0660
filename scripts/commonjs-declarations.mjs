// Run in a package after its build: gives each declaration a twin for CommonJS. TypeScript takes a `.d.ts` of a package
// with "type": "module" for the one of an ES module, whoever asks; what is built twice is declared twice.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

for (const name of readdirSync('dist', { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue
  const file = path.join('dist', name)
  const code = readFileSync(file, 'utf8')
  writeFileSync(
    file.replace(/\.ts$/, '.cts'),
    code.replaceAll(/(\bfrom |\bimport\()(["'])(\.\.?\/[^"']+)\.ts\2/g, '$1$2$3.cts$2'),
  )
}
