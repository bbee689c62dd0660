import { fork, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Starts a file of this folder in a process of its own, on one processor; gives what it says when it is ready. */
export async function startOn(
  processor: number,
  file: string,
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly ready: unknown }> {
  const child = fork(path.join(import.meta.dirname, file), {
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    // taskset becomes Node: every thread that the process will have stays where it began.
    execPath: 'taskset',
    execArgv: ['-c', String(processor), process.execPath, ...execArgv],
  })
  const ready = await answerOf<unknown>(child, file)
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
    .map((task) => timeOf(`${tasks}/${task}/schedstat`))
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1000, 0)
}

function timeOf(schedstat: string): number {
  try {
    return Number(readFileSync(schedstat, 'utf8').split(' ')[0])
  } catch {
    // A thread that ended since the folder was read.
    return 0
  }
}
