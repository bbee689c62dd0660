import { register } from './orders.ts'
import { verifier } from './verifier.ts'

register(verifier)
