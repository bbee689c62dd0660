import { execFile, fork, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Starts a file of this folder in a process of its own, on one processor; gives what it says when it is ready. */
export async function startOn(
  processor: number,
  file: string,
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly ready: unknown }> {
  const child = fork(path.join(import.meta.dirname, file), {
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    execArgv: [...execArgv],
  })
  const ready = await answerOf<unknown>(child, file)
  await run('taskset', ['-a', '-p', '-c', String(processor), String(child.pid)])
  return { child, ready }
}

/** The next message of a process. */
export async function answerOf<Answer>(child: ChildProcess, name: string): Promise<Answer> {
  return await new Promise<Answer>((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`${name} ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (message: Answer) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}

/** Microseconds that the threads of a process had a processor. */
export function cpuOf({ pid }: ChildProcess): number {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks)
    .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1000, 0)
}
