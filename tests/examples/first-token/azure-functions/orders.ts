export { register } from '../../azure-functions.ts'
