import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { readEmulatorOptions } from '@entraguard/emulator'
import { beforeAll, describe, expect, it } from 'vitest'

import { blankProject } from './blank-project.ts'
import { packAll } from './tarballs.ts'

/*
 * There is no engine here that builds images. So the file is read as an engine reads it, its steps are followed in a
 * folder, and what it starts is started where there is no network.
 */

const documented = path.join(import.meta.dirname, '../../docs/container')

let text: string
let instructions: readonly Instruction[]

beforeAll(async () => {
  text = await readFile(path.join(documented, 'Containerfile'), 'utf8')
  instructions = DockerfileParser.parse(text).getInstructions()
})

const argumentsOf = (keyword: string): readonly string[] =>
  instructions
    .filter((instruction) => instruction.getKeyword() === keyword)
    .flatMap((instruction) => instruction.getArguments().map(String))

/** The words of an instruction that is written as a list, as Docker reads it: JSON. */
const commandOf = (keyword: string): readonly string[] =>
  JSON.parse(new RegExp(`^${keyword} .*?(\\[.*\\])$`, 'm').exec(text)?.[1] ?? '[]') as string[]

describe('the container file', () => {
  it('has nothing that a linter complains about', () => {
    expect(validate(text)).toEqual([])
  })

  it('fetches nothing but its base, copies the folder that the page makes, and runs as nobody special', () => {
    expect(argumentsOf('FROM')).toEqual(['docker.io/library/node:24-slim'])
    expect(argumentsOf('COPY')).toEqual(['app/', './'])
    expect(argumentsOf('ADD')).toEqual([])
    expect(argumentsOf('RUN').join(' ')).toBe('mkdir /state && chown node /state')
    expect(argumentsOf('USER')).toEqual(['node'])
  })

  it('starts the packed emulator where there is no network, and finds it healthy', async () => {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'entraguard-container-')))
    try {
      const tarballs = await packAll(folder)
      const context = await blankProject(path.join(folder, 'app'), 'npm', tarballs, {
        ours: ['entraguard'],
      })
      const root = path.join(folder, 'root')
      await cp(context.folder, root, { recursive: true, verbatimSymlinks: true })
      const state = path.join(folder, 'state.json')
      const start = [
        ...commandOf('ENTRYPOINT'),
        ...commandOf('CMD').map((word) => word.replace('/state/entra.json', state)),
      ]
      const check = commandOf('HEALTHCHECK')
      expect([start[0], check[0]]).toEqual(['node', 'node'])
      const script = `ip link set lo up
"$NODE" ${start
        .slice(1)
        .map((word) => `'${word}'`)
        .join(' ')} & child=$!
for attempt in $(seq 100); do "$NODE" -e "$CHECK" && break; sleep 0.2; done
"$NODE" -e "$CHECK"; code=$?
kill $child; exit $code`
      const env = { PATH: process.env['PATH'] ?? '', NODE: process.execPath, CHECK: check[2] ?? '' }
      await promisify(execFile)('unshare', ['--user', '--map-root-user', '--net', 'sh', '-c', script], {
        cwd: root,
        env,
      })
      expect(JSON.parse(await readFile(state, 'utf8'))).toHaveProperty('apps')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

it('the configuration beside it can be read, with the tenants that it names', async () => {
  const options = readEmulatorOptions(JSON.parse(await readFile(path.join(documented, 'entra.json'), 'utf8')))
  expect(options.tenants?.map(({ name }) => name)).toEqual(['contoso', 'fabrikam', 'contosob2c'])
})
