export { notion as default, notion } from './notion.ts'
