import type { Verifier } from '@entraguard/core'

/** What an app is started with. */
export interface Setup {
  /** For an app in this process. */
  readonly verifier: Verifier
  /** For an app in a process of its own: the variables of CONTRIBUTING.md, without `PORT`. */
  readonly environment: Readonly<Record<string, string>>
}

/** A started app. */
export interface Served {
  /** Where the paths of the API begin: `http://127.0.0.1:49152`, or `http://127.0.0.1:49152/api`. */
  readonly url: string
  /** How to send requests where nothing listens. Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Response | Promise<Response>
  close(): Promise<void>
}

/** A way to serve the orders API (see index.ts) with one of the adapters. */
export interface Adapter {
  readonly name: string
  /**
   * `in memory`: nothing listens, `Served.fetch` answers; raw requests are not part of the contract then.
   * `on a socket`: it listens, in this process, with the verifier.
   * `in another process`: it listens there, is configured by `environment`, and has a clock of its own.
   */
  readonly runs: 'in memory' | 'on a socket' | 'in another process'
  /** Called twice, each time for a fresh app. The second time the identity provider is down. */
  start(setup: Setup): Promise<Served>
}
