import app from './worker.ts'

/** `bun src/bun.ts`: Bun serves the default export. */
export default { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 8787) }
