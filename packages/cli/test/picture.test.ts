import path from 'node:path'

import { createEmulator } from '@entraguard/emulator'
import { expect, it } from 'vitest'

import { run } from './terminal.ts'

const now = (): number => Date.UTC(2026, 10, 29, 12, 0)

const lineHeight = 20
const character = 7.8
const padding = 20

const style = `
text { font: 13px ui-monospace, 'Cascadia Code', Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.frame { fill: #f6f8fa; stroke: #d1d9e0 }
.refused { fill: #b3261e; font-weight: 700 }
.label { fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .frame { fill: #161b22; stroke: #3d444d }
  .refused { fill: #ff8a80 }
  .label { fill: #9aa4af }
}
`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** One line of the terminal: what is refused in red, the names of what stands beside them quieter. */
function lineOf(text: string, index: number): string {
  const marked = escaped(text)
    .replace(/^REFUSED/, '<tspan class="refused">REFUSED</tspan>')
    .replace(/^(?:What to do|Why|More|Token|Steps|\$| {2}\w+)(?= )/, '<tspan class="label">$&</tspan>')
  return `<text x="${padding}" y="${padding + 14 + index * lineHeight}">${marked}</text>`
}

/** A terminal as a picture, with texts that can be selected and read out. */
function toSvg(lines: readonly string[]): string {
  const width = 2 * padding + Math.ceil(Math.max(...lines.map(({ length }) => length)) * character)
  const height = 2 * padding + lines.length * lineHeight
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<style>${style}</style>`,
    `<rect class="frame" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...lines.map(lineOf),
    '</svg>\n',
  ].join('\n')
}

it('is what the README shows of it: a refusal, explained', async () => {
  const entra = await createEmulator({ now })
  const { tenants, audience } = entra.verifierOptions()
  const api = ['--tenant', tenants, ...audience.flatMap((one) => ['--audience', one])]
  const token = await entra.issueUserToken({ expiresIn: -600, scopes: ['Orders.Read'] })
  const { out } = await run(['diagnose', ...api], token, { fetch: entra.fetch, now })
  const command = `$ npx entraguard diagnose --tenant contoso.com --audience ${audience[0]} < token.txt`
  const picture = path.join(import.meta.dirname, '../../../docs/images/refusal.svg')
  await expect(toSvg([command, '', ...out.trimEnd().split('\n')])).toMatchFileSnapshot(picture)
})
