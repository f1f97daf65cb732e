import type { PipelineNode } from '@wellhead/client'

/** How a node stands, in a word of its own: what it shows, and what its name says. */
export type NodeState =
  | 'connected'
  | 'checking'
  | 'needsAuthorization'
  | 'ambiguous'
  | 'hidden'
  | 'unknown'
  | 'localFile'
  | 'orchestrator'

const byAuthorization = {
  ready: 'connected',
  pending: 'checking',
  missing: 'needsAuthorization',
  reauthorize: 'needsAuthorization',
  ambiguous: 'ambiguous',
  hidden: 'hidden',
} as const satisfies Record<NonNullable<PipelineNode['authorization']>, NodeState>

export function stateOf(node: Pick<PipelineNode, 'data_source' | 'authorization'> & Partial<PipelineNode>): NodeState {
  if (node.role === 'orchestrator') return 'orchestrator'
  if (node.role === 'local_file') return 'localFile'
  return node.data_source === null || node.authorization === null ? 'unknown' : byAuthorization[node.authorization]
}

/** How a state looks. Its word says the same. */
export const looks = {
  connected: 'good',
  checking: 'accent',
  needsAuthorization: 'warn',
  ambiguous: 'warn',
  hidden: 'warn',
  unknown: 'bad',
  localFile: 'quiet',
  orchestrator: 'quiet',
} as const satisfies Record<NodeState, string>
