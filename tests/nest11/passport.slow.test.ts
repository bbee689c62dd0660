import { describePassportOnNest } from '../passport/nest-suite.ts'

describePassportOnNest('NestJS 11')
