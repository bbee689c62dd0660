import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

import type { ApiOrder, ApiReport, ApiSetting } from './api.ts'

/** The API in its own process, so that its latency and memory are its own. */
export interface ApiProcess {
  readonly url: string
  /** Tells where the identity provider is; `fresh` drops everything that the API knows. */
  tell(provider: string, options?: { readonly fresh: boolean }): Promise<ApiReport>
  stop(): Promise<void>
}

export async function startApi(setting: ApiSetting): Promise<ApiProcess> {
  const child = fork(path.join(import.meta.dirname, 'api.ts'), {
    execArgv: ['--conditions=@entraguard/source'],
    env: { ...process.env, NODE_OPTIONS: '', FAILURE_API: JSON.stringify(setting) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const url = await firstMessage(child)
  let sent = 0
  return {
    url,
    async tell(provider, { fresh } = { fresh: false }) {
      const id = ++sent
      const answered = new Promise<ApiReport>((resolve) => {
        const listen = (report: ApiReport): void => {
          if (report.id !== id) return
          child.off('message', listen)
          resolve(report)
        }
        child.on('message', listen)
      })
      child.send({ id, provider, fresh } satisfies ApiOrder)
      return await answered
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function firstMessage(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('message', (message: { readonly url: string }) => resolve(message.url))
    child.once('exit', (code) => reject(new Error(`the API ended with code ${code}`)))
  })
}
