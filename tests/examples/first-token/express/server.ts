import { createApp } from './app.ts'
import { verifier } from './verifier.ts'

createApp(verifier).listen(3000)
