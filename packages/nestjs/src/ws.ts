export { GuardedGateway } from './gateways/gateway.decorator.ts'
