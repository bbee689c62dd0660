import { createRequire } from 'node:module'

import { expect, it } from 'vitest'

import { describeNest } from '../contract/nest.ts'

it('runs on version 11', () => {
  const { version } = createRequire(import.meta.url)('@nestjs/core/package.json') as { version: string }
  expect(version).toMatch(/^11\./)
})

describeNest('NestJS 11')
