import { fileURLToPath } from 'node:url'

/** The folder of the page's static files, absolute. */
export const consoleFolder: string = fileURLToPath(new URL('../page', import.meta.url))
