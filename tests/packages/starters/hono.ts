import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { versionsOf } from '../tarballs.ts'

/** A block of code of the README. */
type CodeOf = (snippet: string) => Promise<string>

/**
 * What a project of `create-hono` gets: the app of the README, its verifier, its server, and what every second
 * application has beside them. `tsc` compiles it, so imports end in `.js`.
 */
export async function honoFiles(codeOf: CodeOf): Promise<Readonly<Record<string, string>>> {
  const app = (await codeOf('tests/examples/hono.ts'))
    .replace(/import \{ createVerifier \}[^]*?\n/, "import { usual } from './usual.js'\n")
    .replace(/const verifier = [^]*?\n\}\)\n/, "import { verifier } from './verifier.js'\n")
    .replace('export default app', "app.route('/', usual)\n\nexport default app")
  const server = await codeOf('tests/examples/first-token/hono/server.ts')
  return {
    'src/verifier.ts': await codeOf('tests/examples/first-token/verifier.ts'),
    'src/app.ts': app,
    'src/usual.ts': usual,
    'src/index.ts': server.replace(`'./app.ts'`, `'./app.js'`),
  }
}

const usual = `import { EntraGuardError, type Identity } from '@entraguard/core'
import { entraGuard, requireAccess, type IdentityEnv } from '@entraguard/hono'
import { Hono } from 'hono'
import { contextStorage, getContext } from 'hono/context-storage'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'

import { verifier } from './verifier.js'

type Env = IdentityEnv<Identity>

class Shelf {
  owner(): string {
    return getContext<Env>().var.identity.key ?? 'nobody'
  }
}

const usersOnly = createMiddleware<Env>(async (c, next) =>
  c.var.identity.kind === 'app' ? c.text('for people', 403) : next(),
)

export const usual = new Hono<Env>()
  .use(contextStorage())
  .get('/api/shelf', usersOnly, (c) => c.text(new Shelf().owner()))
  .get('/api/page', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.html('<p>orders</p>'))
  .get('/prices', entraGuard(verifier, undefined, { optional: true }), (c) =>
    c.json({ reduced: c.var.identity !== undefined }),
  )
  .onError((error, c) => {
    if (!(error instanceof HTTPException)) throw error
    const code = EntraGuardError.is(error.cause) ? error.cause.code : ''
    return c.req.path === '/api/page'
      ? c.html(\`<p>This page is not for you: \${code}</p>\`, error.status)
      : error.getResponse()
  })
`

/** As those of Hono: what runs, how it is compiled, and nothing of ours. */
const templates = {
  nodejs: {
    'package.json': {
      type: 'module',
      scripts: { dev: 'tsx watch src/index.ts', build: 'tsc', start: 'node dist/index.js' },
      dependencies: versionsOf('hono', '@hono/node-server'),
      devDependencies: { '@types/node': '^24', tsx: '^4', typescript: '^5.8.3' },
    },
    'tsconfig.json': {
      compilerOptions: {
        target: 'ESNext',
        module: 'NodeNext',
        strict: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        types: ['node'],
        jsx: 'react-jsx',
        jsxImportSource: 'hono/jsx',
        outDir: './dist',
      },
      exclude: ['node_modules'],
    },
  },
  'cloudflare-workers': {
    'package.json': {
      type: 'module',
      scripts: { dev: 'wrangler dev', deploy: 'wrangler deploy --minify' },
      dependencies: versionsOf('hono'),
      devDependencies: versionsOf('wrangler'),
    },
    'wrangler.jsonc': {
      name: '%%PROJECT_NAME%%',
      main: 'src/index.ts',
      compatibility_date: '2026-01-01',
    },
    'tsconfig.json': {
      compilerOptions: {
        target: 'ESNext',
        module: 'ESNext',
        moduleResolution: 'Bundler',
        strict: true,
        skipLibCheck: true,
        lib: ['ESNext'],
        jsx: 'react-jsx',
        jsxImportSource: 'hono/jsx',
      },
    },
  },
} as const

/**
 * Puts the templates where `create-hono` keeps what it has taken from GitHub, which a test does not ask: `--offline` makes
 * do with it.
 */
export async function honoTemplates(cache: string): Promise<void> {
  const kept = path.join(cache, 'bluwy-giget/gh/honojs-starter')
  for (const [template, files] of Object.entries(templates)) {
    const folder = path.join(cache, 'starter/templates', template)
    await mkdir(path.join(folder, 'src'), { recursive: true })
    for (const [name, content] of Object.entries(files))
      await writeFile(path.join(folder, name), JSON.stringify(content, null, 2))
    await writeFile(path.join(folder, 'src/index.ts'), '')
  }
  await mkdir(kept, { recursive: true })
  const tarball = path.join(kept, 'v0.19.tar.gz')
  await promisify(execFile)('tar', ['-czf', tarball, '-C', cache, 'starter'])
}
