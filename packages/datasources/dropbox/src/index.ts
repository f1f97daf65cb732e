export { dropbox as default, dropbox } from './dropbox.ts'
