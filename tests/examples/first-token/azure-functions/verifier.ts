export { verifier } from '../verifier.ts'
