import { library } from '../../tsup.base.ts'

/** `dist/portal`: what a browser gets, built by apps/portal. No code of it runs here. */
export default library(['src/index.ts', 'src/fetch.ts', 'src/node.ts'], { beside: '../../apps/portal/dist' })
