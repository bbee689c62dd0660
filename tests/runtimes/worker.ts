// The suite as a Worker: answers with the outcomes as JSON.
import { runAll } from './suite.ts'

export default { fetch: async (): Promise<Response> => Response.json(await runAll()) }
