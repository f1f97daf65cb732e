import { useMutation } from '@tanstack/react-query'
import type { DataSource, Document, Pipeline, PipelineNode } from '@wellhead/client'
import { Check } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/states.tsx'
import { toast } from '../../ui/toast.tsx'
import { parametersOf } from './node-parameters.ts'
import { useChoose } from './use-choose.ts'

/** The parameter that says which folder a drive lists. */
const FOLDER = 'folder'

export const hasFolder = ({ kind, parameters_schema: schema }: DataSource) =>
  kind === 'online_drive' && Object.hasOwn((schema as { properties?: object }).properties ?? {}, FOLDER)

/** Makes the folder that is looked into the one that the node lists. */
export function UseFolder(props: { pipeline: Pipeline; node: PipelineNode; source: DataSource; folder: Document }) {
  const { pipeline, node, source, folder } = props
  const { t } = useTranslation()
  const choose = useChoose(pipeline, node)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => choose({ parameters: { ...node.values, [FOLDER]: folder.external_id } }),
    onSuccess: () => toast(t('pipelines.panel.run.folderSaved', { name: folder.title || folder.external_id })),
  })
  const { values } = parametersOf(pipeline, node, source, (name) => Object.hasOwn(node.values, name))
  const isUsed = values[FOLDER] === folder.external_id
  return (
    <>
      <div>
        <Button size="small" of={folder.title} busy={isPending && t('ui.saving')} onPress={() => isUsed || mutate()}>
          {isUsed && <Check size={15} aria-hidden="true" />}
          {t(isUsed ? 'pipelines.panel.run.folderUsed' : 'pipelines.panel.run.useFolder')}
        </Button>
      </div>
      {error && <ErrorState error={error} />}
    </>
  )
}
