import { env } from 'hono/adapter'

import { createApp } from './app.ts'
import { verifierOf, type Environment } from './verifier.ts'

// `env(c)` is the bindings on Workers and the variables of the process elsewhere: one source for all of them.
export default createApp((c) => verifierOf(env<Environment>(c)))
