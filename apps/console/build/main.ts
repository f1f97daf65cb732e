/** Builds the page, and says where it is. */
import { builtConsole } from './built-console.ts'

console.log(await builtConsole())
