export { handbook as default } from './handbook.ts'
