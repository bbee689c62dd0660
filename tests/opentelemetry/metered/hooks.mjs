// Loaded by `node --import` before a sample: what asks for core gets core with instrumented verifiers.
import { registerHooks } from 'node:module'

const metered = new URL('core.ts', import.meta.url).href
const own = [new URL('.', import.meta.url).href, '/packages/opentelemetry/']

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context
    const isAsked = specifier === '@entraguard/core' && !own.some((part) => parentURL.includes(part))
    return isAsked
      ? { url: metered, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context)
  },
})
