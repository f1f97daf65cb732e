import { handbook } from './handbook.ts'

export default await handbook('handbook-kills', { kind: 'kills' })
