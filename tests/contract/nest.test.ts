import { describeNest } from './nest.ts'

describeNest('NestJS 12')
