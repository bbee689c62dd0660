import { flows, type Client, type Flow } from './flows.ts'
import type { Mistake } from './mistakes.ts'

/** A table as the formatter of the repository writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0), 3))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  )
}

const introduction = `# Clients that sign in at the emulator

Each of these libraries goes through each of these flows against the emulator in every full test run, with its
documented options only, and against HTTPS with the emulator's own certificate authority. The tests are in
[tests/clients](../tests/clients); this page is made by them.`

const afterwards = `A library that is missing here works all the same when it follows OpenID Connect: give it \`{url}/{tenant}/v2.0\` and
start the emulator with \`localIssuer\` (\`--local-issuer\`), so that the issuer is the address. Without it the issuer is
Microsoft's, as Microsoft's own libraries and your API expect it.

- Trust: \`NODE_EXTRA_CA_CERTS\`, \`tls.setDefaultCACertificates\` or the library's own option for a file, with the \`ca.pem\`
  that the emulator names.
- A silent sign-in in a hidden frame needs the emulator's cookie there. Where the browser blocks cookies of other sites,
  the app has to be on \`https://localhost\` too: \`http\` and \`https\` are two sites.
- python3-msal hands a password over at port 443 only: it asks for the realm of the user without the port.`

const aboutMistakes = `## Mistakes, and what the emulator says to them

Every code that this documentation names, each produced by a real client that makes the mistake.`

/** The page of the documentation that says what is tried. */
export function clientsPage(clients: readonly Client[], mistakes: readonly Mistake[]): string {
  const row = (flow: Flow): readonly string[] => [
    flow,
    ...clients.map((client) => (client.flows[flow] === undefined ? '' : '✓')),
  ]
  const options = clients.map(({ name, options: own }) => [`\`${name}\``, own])
  return [
    introduction,
    table(['', ...clients.map(({ name }) => name)], flows.map(row)),
    '## What each of them is told',
    table(['client', 'beyond what it is told in production'], options),
    afterwards,
    aboutMistakes,
    table(
      ['code', 'what was done wrong', 'with'],
      mistakes.map(({ code, mistake, client }) => [`AADSTS${code}`, mistake, `\`${client}\``]),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
