import { ChevronsUpDown } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useSession } from './session.tsx'
import styles from './shell.module.css'

/** The workspace, and the way to another one of the member's. */
export function WorkspaceSwitcher() {
  const { t } = useTranslation()
  const { workspace, workspaces } = useSession()
  if (workspaces.length < 2) return <span className={styles.workspace}>{workspace.name}</span>
  return (
    <Menu
      placement="bottom start"
      selectionMode="single"
      selectedKeys={[workspace.id]}
      aria-label={t('app.workspace')}
      onAction={(id) => void switchTo(String(id))}
      trigger={
        <Button look="bare" size="small" aria-label={t('app.switchWorkspace', { name: workspace.name })}>
          {workspace.name}
          <ChevronsUpDown size={14} aria-hidden="true" />
        </Button>
      }
    >
      {workspaces.map(({ id, name }) => (
        <MenuItem key={id} id={id}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  )
}

/** Nothing of the former workspace stays in the page. */
async function switchTo(id: string): Promise<void> {
  await api.session.switchWorkspace({ body: { workspace_id: id } })
  location.assign('/')
}
