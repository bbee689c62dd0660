import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** An emulator in a process of its own. */
export interface Started {
  readonly port: number
  readonly ca: string
  /** A host name of its own, or `localhost`. */
  readonly host: string
  readonly close: () => Promise<void>
}

interface Settings {
  readonly directory: string
  /** Does each of them need another host name in its certificate? */
  readonly ownHosts?: boolean
}

const said = async (lines: AsyncIterator<string>): Promise<string> => String((await lines.next()).value)

/**
 * Starts emulators that keep their certificate authority in the same folder. Each process loads its code first, and
 * all of them go on at the same moment.
 */
export async function startTogether(
  count: number,
  { directory, ownHosts = false }: Settings,
): Promise<Started[]> {
  const file = path.join(import.meta.dirname, 'emulator-process.ts')
  const processes = Array.from({ length: count }, (_, index) => {
    const host = ownHosts ? `login${index}.contoso.com` : 'localhost'
    const child = spawn(process.execPath, ['--conditions=@entraguard/source', file, directory, host], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    return { child, host, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  })
  await Promise.all(processes.map(({ lines }) => said(lines)))
  for (const { child } of processes) child.stdin.write('go\n')
  return Promise.all(
    processes.map(async ({ child, host, lines }) => {
      const { port, ca } = JSON.parse(await said(lines)) as { port: number; ca: string }
      const close = async (): Promise<void> => {
        const exited = once(child, 'exit')
        child.kill()
        await exited
      }
      return { port, ca, host, close }
    }),
  )
}
