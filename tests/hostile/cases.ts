import type { HostileCase } from './case.ts'
import { claimCases } from './claim-cases.ts'
import { documentCases } from './document-cases.ts'
import { tokenCases } from './token-cases.ts'

export const cases: readonly HostileCase[] = [...tokenCases, ...claimCases, ...documentCases]
export const categories: readonly string[] = [...new Set(cases.map(({ category }) => category))]
