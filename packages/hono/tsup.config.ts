import { library } from '../../tsup.base.ts'

// Hono is there twice, as ES modules and as CommonJS, with an HTTPException in each: `error instanceof HTTPException`
// holds when the adapter throws the one that the application has imported.
export default library(['src/index.ts'], { commonjs: true })
