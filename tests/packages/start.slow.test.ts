import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startServerProcess } from '../runtimes/server-process.ts'
import { runIn, type Outcome } from './blank-project.ts'
import { packAll, versionsOf, type Tarball } from './tarballs.ts'

/*
 * The page "Start in two minutes", done as it stands there: its commands and its files in the order of the page, in an
 * empty folder with npm. Only the ports are other ones, and our packages come from their tarballs.
 */

const page = path.join(import.meta.dirname, '../../docs/start.md')

type Step = { readonly command: string } | { readonly file: string; readonly code: string }

const tabs = /^<details name="framework"[^>]*>\n<summary>(.*)<\/summary>\n([^]*?)^<\/details>$/gm
const blocks = /^`(?<file>[\w.-]+\.ts)`|^```(?<language>sh|ts)\n(?<code>[^]*?)^```$/gm

/** What somebody finds on the page who has chosen a framework. */
function stepsOf(text: string, framework: string): Step[] {
  const chosen = text.replace(tabs, (_, name: string, tab: string) => (name === framework ? tab : ''))
  let named: string | undefined
  return [...chosen.matchAll(blocks)].flatMap(({ groups = {} }): Step[] => {
    const { file, language, code = '' } = groups
    if (language === 'sh') return [{ command: code.trim() }]
    if (file !== undefined) {
      named = file
      return []
    }
    if (named === undefined) throw new Error(`The page does not say which file this is:\n${code}`)
    return [{ file: named, code: code.replace(/\b3000\b/, `Number(process.env['PORT'])`) }]
  })
}

let folder: string
let tarballs: readonly Tarball[]
let text: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-start-')))
  tarballs = await packAll(folder)
  text = await readFile(page, 'utf8')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** `npm install` of tarballs, with those that the page leaves to npm: the registry has no release of them yet. */
async function installCommand(command: string): Promise<string> {
  const wanted = command.split(' ').map((word) => {
    const ours = tarballs.find(({ name }) => name === word)
    if (ours !== undefined) return ours.file
    return /^(?:npm|install|-.*)$/.test(word) ? word : `${word}@${versionsOf(word)[word]}`
  })
  if (!command.split(' ').includes('entraguard')) return wanted.join(' ')
  const cli = tarballs.find(({ name }) => name === 'entraguard')
  const manifest = JSON.parse(await readFile(path.join(cli?.folder ?? '', 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const unnamed = tarballs.filter(({ name }) => name in manifest.dependencies && !text.includes(` ${name}`))
  return [...wanted, ...unnamed.map(({ file }) => file)].join(' ')
}

/** Does in an empty folder what the page says. Gives what the commands answered that ask the API, or about a token. */
async function follow(steps: readonly Step[], project: string): Promise<Outcome[]> {
  const run = runIn(project, {
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  })
  const npm = async (command: string): Promise<void> => {
    const { code, stdout, stderr } = await run('sh', '-c', command)
    if (code !== 0) throw new Error(`${command}:\n${stdout}${stderr}`)
  }
  const servers: Awaited<ReturnType<typeof startServerProcess>>[] = []
  const start = async (command: string): Promise<string> => {
    const options = { cwd: project, isUp: () => true }
    const server = await startServerProcess('sh', ['-c', command], {}, options)
    servers.push(server)
    return server.url
  }

  const answers: Outcome[] = []
  let emulator = ''
  let api = ''
  try {
    for (const step of steps) {
      if ('file' in step) {
        await writeFile(path.join(project, step.file), step.code)
        continue
      }
      const command = step.command
        .replaceAll('http://127.0.0.1:8484', emulator)
        .replaceAll('http://localhost:3000', api)
        .replaceAll('entraguard token', `entraguard token --emulator ${emulator}`)
      if (command.startsWith('npm install')) await npm(await installCommand(command))
      else if (command.startsWith('npm ')) await npm(command)
      else if (command === 'npx entraguard emulator') emulator = await start(`${command} --port {port}`)
      else if (command.endsWith('node server.ts')) api = await start(command)
      else answers.push(await run('sh', '-c', command))
    }
  } finally {
    for (const server of servers) await server.close()
  }
  return answers
}

describe.concurrent('Start in two minutes', () => {
  it.each(['Node', 'Express', 'Fastify'])(
    'with %s leads to the answers that it promises',
    async (framework) => {
      const project = path.join(folder, framework)
      await mkdir(project)
      const answers = await follow(stepsOf(text, framework), project)
      expect(answers.map(({ stdout }) => stdout)).toEqual([
        expect.stringMatching(/^HTTP\/1.1 200 [^]*aaaaaaaa-0000-4000-8000-000000000001/),
        expect.stringMatching(/^HTTP\/1.1 401 [^]*"token_missing"/),
        expect.stringMatching(/^HTTP\/1.1 403 [^]*"scope_missing"/),
        expect.stringMatching(/^REFUSED token_expired: The token expired 1\d minutes/),
      ])
    },
  )

  it('has a tab for these frameworks, and for no other', () => {
    const named = new Set([...text.matchAll(tabs)].map(([, name]) => name))
    expect(named).toEqual(new Set(['Node', 'Express', 'Fastify']))
  })
})
