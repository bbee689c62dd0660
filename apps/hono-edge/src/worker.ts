import type { Verifier } from '@entraguard/core'
import { Hono, type Context } from 'hono'
import { env } from 'hono/adapter'

import { createApp } from './app.ts'
import { createProbe } from './probe.ts'
import { verifierOf, type Environment } from './verifier.ts'

let verifier: Verifier | undefined

/** One for the probe and the guard. `env(c)` is the bindings on Workers and the variables of the process elsewhere. */
const source = (c: Context): Verifier => (verifier ??= verifierOf(env<Environment>(c)))

export default new Hono().route('/', createProbe(source)).route('/', createApp(source))
