import type { DataSource, PipelineNode } from '@wellhead/client'
import { Blocks, BookOpen, Bot, Code, FileStack, FileText, GitBranch, Merge, Unplug, Wrench } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { SourceIcon } from '../data-sources/source-icon.tsx'
import styles from './node-face.module.css'
import { useNodeName } from './node-name.ts'
import { stateOf } from './node-state.ts'
import { StateBadge } from './state-badge.tsx'

/** Steps that many orchestrators have, by what their documents call them. */
const icons: Readonly<Record<string, typeof Blocks>> = {
  'knowledge-index': BookOpen,
  'if-else': GitBranch,
  'variable-aggregator': Merge,
  'document-extractor': FileStack,
  tool: Wrench,
  code: Code,
  llm: Bot,
}

/** A node: what it is, what it is called, and how it stands. Heard, it is one phrase. */
export function NodeFace({ node, source }: { node: PipelineNode; source: DataSource | undefined }) {
  const { t } = useTranslation()
  const nameOf = useNodeName()
  const isSource = node.role === 'data_source'
  const Icon = isSource ? Unplug : node.role === 'local_file' ? FileText : (icons[node.type] ?? Blocks)
  return (
    <>
      <span className="unseen">{nameOf(node, source)}</span>
      <span className={styles.face} aria-hidden="true">
        <span className={styles.head}>
          {source ? (
            <SourceIcon source={source} size={28} />
          ) : (
            <span className={styles.icon}>
              <Icon size={16} aria-hidden="true" />
            </span>
          )}
          <span className={styles.names}>
            <span className={styles.title}>{node.title}</span>
            <span className={styles.kind}>
              {isSource
                ? node.kind
                  ? t(`dataSources.kinds.${node.kind}`)
                  : node.data_source_name
                : node.role === 'local_file'
                  ? t('pipelines.localFile')
                  : node.type}
            </span>
          </span>
        </span>
        <span className={styles.foot}>
          <StateBadge state={stateOf(node)} />
          {node.connection && <span className={styles.connection}>{node.connection.name}</span>}
        </span>
      </span>
    </>
  )
}
