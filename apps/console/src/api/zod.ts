import { config } from 'zod'

// The schemas of the HTTP contract would compile themselves by `new Function`, which the Content-Security-Policy refuses.
// Imported before them.
config({ jitless: true })
