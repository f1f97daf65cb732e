export { builtConsole } from './built-console.ts'
export { consoleFolder } from './old-page.ts'
