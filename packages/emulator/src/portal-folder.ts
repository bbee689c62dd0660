import path from 'node:path'

/** Where the build puts the portal: the same step from the source and from what is published. */
export const portalFolder: string = path.join(import.meta.dirname, '../dist/portal')
