import { library } from '../../tsup.base.ts'

// The SDK is there twice, as ES modules and as CommonJS, and its handler asks a tool's check only of servers of its own
// class: an application in CommonJS has to get the handler of the copy that it makes servers with.
export default library(['src/index.ts'], { commonjs: true })
