import { GRACE_SECONDS } from './grace-seconds.ts'
import { handbook } from './handbook.ts'

export default await handbook('handbook-grace', { kind: 'grace', graceSeconds: GRACE_SECONDS })
