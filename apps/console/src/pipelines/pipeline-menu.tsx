import type { Pipeline, PipelineSummary } from '@wellhead/client'
import { Download, Ellipsis, FileUp, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mayConfigure, useSession } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useProblemText } from '../ui/problem-text.ts'
import { toast } from '../ui/toast.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { downloadDocument } from './download.ts'
import { ImportDialog } from './import-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'

type Opened = 'rename' | 'replace' | 'delete'

/** What can be done with a pipeline as a whole. */
export function PipelineMenu({
  pipeline,
  onReplaced,
  onDeleted,
}: {
  pipeline: Pick<PipelineSummary, 'id' | 'name' | 'created_by'>
  onReplaced?: (pipeline: Pipeline) => void
  onDeleted?: () => void
}) {
  const { t } = useTranslation()
  const textOf = useProblemText()
  const mayChange = useMayChange(pipeline)
  const [opened, setOpened] = useState<Opened | null>(null)
  const close = () => setOpened(null)

  async function act(action: string) {
    if (action !== 'download') return setOpened(action as Opened)
    try {
      await downloadDocument(pipeline.id)
    } catch (error) {
      toast(textOf(error), 'bad')
    }
  }

  return (
    <>
      <Menu
        aria-label={t('pipelines.actions.label')}
        onAction={(action) => void act(String(action))}
        disabledKeys={mayChange ? [] : ['rename', 'replace', 'delete']}
        trigger={
          <Button look="bare" size="small" aria-label={`${t('pipelines.actions.label')} (${pipeline.name})`}>
            <Ellipsis size={18} aria-hidden="true" />
          </Button>
        }
      >
        <MenuItem id="rename" icon={<Pencil size={16} />}>
          {t('pipelines.actions.rename')}
        </MenuItem>
        <MenuItem id="download" icon={<Download size={16} />}>
          {t('pipelines.actions.download')}
        </MenuItem>
        <MenuItem id="replace" icon={<FileUp size={16} />}>
          {t('pipelines.actions.replace')}
        </MenuItem>
        <MenuItem id="delete" look="danger" icon={<Trash2 size={16} />}>
          {t('pipelines.actions.delete')}
        </MenuItem>
      </Menu>
      {opened === 'rename' && <RenameDialog pipeline={pipeline} onClose={close} />}
      {opened === 'replace' && (
        <ImportDialog replaced={pipeline} onClose={close} {...(onReplaced ? { onImported: onReplaced } : {})} />
      )}
      {opened === 'delete' && (
        <DeleteDialog pipeline={pipeline} onClose={close} {...(onDeleted ? { onDeleted } : {})} />
      )}
    </>
  )
}

/** Whether the member may change this pipeline, as the server will judge it. */
export function useMayChange(pipeline: Pick<PipelineSummary, 'created_by'>): boolean {
  const session = useSession()
  return pipeline.created_by === session.user.id || mayConfigure(session)
}
