export { default } from '../../hono.ts'
