import { handbook } from './handbook.ts'

export default await handbook('handbook-safe', { kind: 'safe' })
