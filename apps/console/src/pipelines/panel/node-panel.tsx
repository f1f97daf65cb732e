import { useQuery } from '@tanstack/react-query'
import type { DataSource, Pipeline, PipelineNode } from '@wellhead/client'
import { X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { useTranslation } from 'react-i18next'
import { dataSourcesQuery } from '../../api/queries.ts'
import { SandboxBadge } from '../../data-sources/sandbox-badge.tsx'
import { SourceIcon } from '../../data-sources/source-icon.tsx'
import { IconButton } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { stateOf } from '../node-state.ts'
import { StateBadge } from '../state-badge.tsx'
import styles from './node-panel.module.css'
import { OtherPanel } from './other-panel.tsx'
import { SourcePanel } from './source-panel.tsx'

interface Props {
  pipeline: Pipeline
  node: PipelineNode
  onClose: () => void
}

/** What there is to know and to do about a node: beside the canvas, or on a narrow screen over it. */
export function NodePanel({ isSheet, ...props }: Props & { isSheet: boolean }) {
  const { t } = useTranslation()
  const { node, onClose } = props
  const label = t('pipelines.panel.label', { title: node.title })
  if (isSheet)
    return (
      <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()} className={styles.overlay}>
        <Modal className={styles.sheet}>
          <Dialog aria-label={label} className={styles.panel}>
            <Content {...props} />
          </Dialog>
        </Modal>
      </ModalOverlay>
    )

  function leave(event: KeyboardEvent) {
    // What is open in it, such as a list of choices, closes first.
    if (event.key === 'Escape' && !event.defaultPrevented && event.currentTarget.contains(event.target as Node))
      onClose()
  }
  return (
    <aside aria-label={label} className={`${styles.panel} ${styles.aside}`} onKeyDown={leave}>
      <Content {...props} />
    </aside>
  )
}

function Content({ pipeline, node, onClose }: Props) {
  const { t } = useTranslation()
  const { data: sources } = useQuery(dataSourcesQuery)
  const source = sources?.find(({ id }) => id === node.data_source)
  const title = useFocusWhenOpened()
  return (
    <>
      <header className={styles.header}>
        {source && <SourceIcon source={source} size={40} />}
        <div className={styles.names}>
          <h2 ref={title} tabIndex={-1} className={styles.title}>
            {node.title}
          </h2>
          <p className={styles.kind}>
            <Kind node={node} source={source} />
          </p>
        </div>
        <IconButton label={t('pipelines.panel.close')} size="small" onPress={onClose}>
          <X size={16} aria-hidden="true" />
        </IconButton>
      </header>
      <div className={styles.body}>
        <div className={styles.badges}>
          <StateBadge state={stateOf(node)} />
          {source?.sandbox && <SandboxBadge source={source} />}
        </div>
        <Warnings node={node} />
        {source ? (
          <SourcePanel pipeline={pipeline} node={node} source={source} />
        ) : (
          <OtherPanel pipeline={pipeline} node={node} />
        )}
      </div>
    </>
  )
}

function Kind({ node, source }: { node: PipelineNode; source: DataSource | undefined }) {
  const { t } = useTranslation()
  if (node.role !== 'data_source') return node.role === 'local_file' ? t('pipelines.localFile') : node.type
  if (!source) return node.data_source_name
  const kind = t(`dataSources.kinds.${source.kind}`)
  return source.name === node.title ? kind : `${source.name} · ${kind}`
}

function Warnings({ node }: { node: PipelineNode }) {
  // Told by the panel itself, with the way on.
  const warnings = node.warnings.filter(({ code }) => code !== 'source_not_installed')
  if (warnings.length === 0) return null
  return (
    <Notice look="warn">
      <ul>
        {warnings.map(({ code, message }) => (
          <li key={`${code} ${message}`}>{message}</li>
        ))}
      </ul>
    </Notice>
  )
}

/** Whoever opened it goes on in it; whoever came by a link stays at the page's title. */
function useFocusWhenOpened() {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (document.activeElement?.closest('[data-node]')) title.current?.focus({ preventScroll: true })
  }, [])
  return title
}
