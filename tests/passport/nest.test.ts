import { createRequire } from 'node:module'

import { expect, it } from 'vitest'

import { describePassportOnNest } from './nest-suite.ts'

it('runs on version 12', () => {
  const { version } = createRequire(import.meta.url)('@nestjs/core/package.json') as { version: string }
  expect(version).toMatch(/^12\./)
})

describePassportOnNest('NestJS 12')
