import convert from 'npm-to-yarn'

const managers = ['npm', 'pnpm', 'yarn', 'bun'] as const

/** `<details name="framework">` of GitHub: the ones that stand together are one row of tabs. */
const details =
  /<details name="([\w-]+)"(?: open)?>\n<summary>([^<\n]+)<\/summary>\n([\s\S]*?)\n<\/details>\n*/g
const rowOfDetails = new RegExp(`(?:${details.source})+`, 'g')

/** A block in which every line is `npm install`, perhaps with a comment. */
const installation = /^```sh\n((?:npm install .*\n)+)```$/gm

/**
 * The same page with tabs, where the Markdown of GitHub has none: for what stands in `<details>` of one name, and for the
 * package manager of an installation. What a reader chooses is kept for the other pages.
 */
export function withTabs(markdown: string): string {
  return markdown
    .replaceAll(
      installation,
      (_block, commands: string) =>
        `:::tabs key:package-manager\n${managers.map((manager) => tabOfManager(manager, commands)).join('')}:::`,
    )
    .replaceAll(rowOfDetails, (row, key: string) => {
      const tabs = [...row.matchAll(details)].map(([, , label = '', body = '']) => `=== ${label}\n${body}\n`)
      return `::::tabs key:${key}\n${tabs.join('')}::::\n\n`
    })
}

function tabOfManager(manager: (typeof managers)[number], commands: string): string {
  const lines = commands
    .trim()
    .split('\n')
    .map((line) => (manager === 'npm' ? line : convert(line, manager)))
  return `== ${manager}\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n`
}
