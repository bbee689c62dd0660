import { createVerifier } from '@entraguard/core'

const emulator = process.env.ENTRA_EMULATOR_URL ?? '' // set while you try it; without it, Microsoft is asked

export const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111',
  audience: ['22222222-2222-4222-8222-222222222222', 'api://22222222-2222-4222-8222-222222222222'],
  ...(emulator && {
    fetch: async (...request: Parameters<typeof fetch>) =>
      (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
    challenge: { exposeCode: true }, // refusals say why
  }),
})
