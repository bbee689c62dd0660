export { createApp } from '../../express.ts'
