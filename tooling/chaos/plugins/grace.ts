import { handbook } from './handbook.ts'

/** The suite says how long, as it scales every length of time. */
const graceSeconds = Number(process.env.CHAOS_GRACE_SECONDS ?? 20)

export default await handbook('handbook-grace', { kind: 'grace', graceSeconds })
