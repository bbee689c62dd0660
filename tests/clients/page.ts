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

In every full test run, each of these libraries runs each of these flows against the emulator. It uses documented options
only, and HTTPS with the emulator's own certificate authority. The tests in [tests/clients](../tests/clients) generate this
page.`

const afterwards = `Other libraries work too if they follow OpenID Connect. Give the library \`{url}/{tenant}/v2.0\` and start the emulator with
\`localIssuer\` (\`--local-issuer\`), so that the issuer is the emulator's address. Without it the issuer is Microsoft's, as
Microsoft's own libraries and your API expect.

- **Trust**: use \`NODE_EXTRA_CA_CERTS\`, \`tls.setDefaultCACertificates\` or the library's own option with the \`ca.pem\` that the
  emulator names.
- **Silent sign-in** in a hidden frame needs the emulator's cookie. If the browser blocks third-party cookies, serve the app
  from \`https://localhost\` too: \`http\` and \`https\` are different sites.
- **python3-msal** sends a password at port 443 only, because it looks up the user's realm without the port.`

const aboutMistakes = `## Mistakes, and what the emulator says to them

These are all error codes that this documentation names. Each was produced by a real client that makes the mistake.`

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
    '## Settings for each library',
    table(['client', 'in addition to its production settings'], options),
    afterwards,
    aboutMistakes,
    table(
      ['code', 'mistake', 'made with'],
      mistakes.map(({ code, mistake, client }) => [`AADSTS${code}`, mistake, `\`${client}\``]),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
