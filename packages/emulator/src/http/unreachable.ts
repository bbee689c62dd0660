/** What `fetch` throws when it reaches nobody, and what a listener answers by dropping the connection. */
export class Unreachable extends TypeError {
  constructor(host: string, code: 'ECONNREFUSED' | 'ENOTFOUND') {
    super('fetch failed', { cause: Object.assign(new Error(`${code} ${host}`), { code }) })
  }
}
