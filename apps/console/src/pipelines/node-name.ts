import type { DataSource, PipelineNode } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { stateOf } from './node-state.ts'

/** What a node is called where it is heard and not seen: "Notion, data source, needs authorization". */
export function useNodeName(): (node: PipelineNode, source: DataSource | undefined) => string {
  const { t, i18n } = useTranslation()
  return (node, source) => {
    // It goes on a sentence.
    const state = t(`pipelines.states.${stateOf(node)}`).toLocaleLowerCase(i18n.language)
    const { title } = node
    if (node.role !== 'data_source') return t('pipelines.node.nameOther', { title, type: node.type, state })
    return source && source.name !== title
      ? t('pipelines.node.nameOf', { title, source: source.name, state })
      : t('pipelines.node.name', { title, state })
  }
}
