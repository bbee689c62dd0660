import { app } from '@azure/functions'

import { functionsOf } from './functions.ts'
import { verifierOf } from './verifier.ts'

// What the Functions host loads (`main` of package.json, `func start`).
for (const [name, options] of Object.entries(functionsOf(verifierOf(process.env)))) app.http(name, options)
