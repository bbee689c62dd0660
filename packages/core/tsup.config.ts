import { library } from '../../tsup.base.ts'

export default library(['src/index.ts', 'src/explain.ts', 'src/node.ts', 'src/pop.ts'])
