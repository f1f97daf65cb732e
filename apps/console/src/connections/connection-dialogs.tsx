import type { Connection, DataSource } from '@wellhead/client'
import { AddOAuthDialog } from '../data-sources/add-oauth-dialog.tsx'
import { OAuthClientDialog } from '../data-sources/oauth-client-dialog.tsx'
import { RunDialog } from '../runs/run-dialog.tsx'
import type { ConnectionDialog } from './connection-actions.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { RefreshRiskDialog } from './refresh-risk-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { ReplaceKeyDialog } from './replace-key-dialog.tsx'
import type { Work } from './use-work.ts'
import { VisibilityDialog } from './visibility-dialog.tsx'

/** The dialog that is open for a connection. */
export function ConnectionDialogs(props: {
  source: DataSource
  connection: Connection
  dialog: ConnectionDialog
  onDialog: (dialog: ConnectionDialog | null) => void
  onWork: (work: Work) => void
}) {
  const { source, connection, onDialog, onWork } = props
  const close = () => onDialog(null)
  switch (props.dialog) {
    case 'run':
      return <RunDialog source={source} connection={connection} onClose={close} />
    case 'authorize':
      return <AddOAuthDialog source={source} again={connection} onSettings={() => onDialog('client')} onClose={close} />
    case 'client':
      return <OAuthClientDialog source={source} onClose={close} />
    case 'key':
      return <ReplaceKeyDialog source={source} connection={connection} onClose={close} />
    case 'rename':
      return <RenameDialog connection={connection} onClose={close} />
    case 'visibility':
      return <VisibilityDialog connection={connection} onClose={close} />
    case 'risk':
      return (
        <RefreshRiskDialog
          source={source}
          connection={connection}
          onAccept={() => {
            close()
            onWork('refreshAnyway')
          }}
          onClose={close}
        />
      )
    case 'delete':
      return <DeleteDialog source={source} connection={connection} onClose={close} />
  }
}
