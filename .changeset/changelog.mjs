/**
 * How a changeset becomes a line of CHANGELOG.md: its text, as it was written. No commit hash (one of the text
 * before a rebase leads nowhere), and no "Updated dependencies", because the packages always have one version.
 */
export default {
  getReleaseLine: ({ summary }) => {
    const [first = '', ...rest] = summary.trim().split('\n')
    return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
  },
  getDependencyReleaseLine: () => '',
}
