export { createApp } from '../../fastify.ts'
