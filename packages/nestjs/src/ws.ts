export { GuardedGateway } from './gateway.decorator.ts'
