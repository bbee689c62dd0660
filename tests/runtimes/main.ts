// The suite as a program, for runtimes that have processes: prints the outcomes as JSON.
import { runAll } from './suite.ts'

console.log(JSON.stringify(await runAll()))
