import { KeyRound, LogOut, Plug, Users, Waypoints } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { useTranslation } from 'react-i18next'
import { postForm } from '../api/client.ts'
import { PasswordDialog } from '../people/lazy-password-dialog.tsx'
import { changeLanguage } from '../texts/i18n.ts'
import { type Language, languages } from '../texts/languages.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Menu, MenuItem, MenuSection, MenuSeparator } from '../ui/menu.tsx'
import { useSession } from './session.tsx'
import styles from './shell.module.css'
import { chooseTheme, chosenTheme, type Theme, themes } from './theme.ts'

/** At the upper right: the member's own things, and the way to the settings. */
export function AvatarMenu() {
  const { t, i18n } = useTranslation()
  const { user, workspace, has_password } = useSession()
  const [theme, setTheme] = useState(chosenTheme)
  const [isPasswordOpen, setPasswordOpen] = useState(false)
  return (
    <>
      <Menu
        aria-label={t('app.menu.label', { name: user.name })}
        trigger={
          <Button className={styles.avatar} aria-label={t('app.menu.label', { name: user.name })}>
            <Avatar name={user.name} />
          </Button>
        }
      >
        <MenuSection title={`${user.email} · ${t(`app.roles.${workspace.role}`)}`}>
          <MenuItem href="/settings/data-sources" icon={<Plug size={16} />}>
            {t('app.menu.dataSources')}
          </MenuItem>
          <MenuItem href="/settings/members" icon={<Users size={16} />}>
            {t('app.menu.members')}
          </MenuItem>
          <MenuItem href="/settings/tokens" icon={<Waypoints size={16} />}>
            {t('app.menu.tokens')}
          </MenuItem>
          <MenuItem icon={<KeyRound size={16} />} onAction={() => setPasswordOpen(true)}>
            {has_password ? t('app.menu.password') : t('app.menu.setPassword')}
          </MenuItem>
        </MenuSection>
        <MenuSection
          title={t('app.menu.theme')}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[theme]}
          onSelectionChange={([chosen]) => {
            setTheme(chosen as Theme)
            chooseTheme(chosen as Theme)
          }}
        >
          {themes.map((one) => (
            <MenuItem key={one} id={one}>
              {t(`app.themes.${one}`)}
            </MenuItem>
          ))}
        </MenuSection>
        <MenuSection
          title={t('app.menu.language')}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[i18n.language]}
          onSelectionChange={([chosen]) => void changeLanguage(i18n, chosen as Language)}
        >
          {Object.entries(languages).map(([language, name]) => (
            <MenuItem key={language} id={language}>
              {name}
            </MenuItem>
          ))}
        </MenuSection>
        <MenuSeparator />
        <MenuItem icon={<LogOut size={16} />} onAction={() => void signOut()}>
          {t('app.menu.signOut')}
        </MenuItem>
      </Menu>
      {isPasswordOpen && <PasswordDialog onClose={() => setPasswordOpen(false)} />}
    </>
  )
}

async function signOut(): Promise<void> {
  sessionStorage.clear()
  await postForm('/sign-out').catch(() => {})
  location.assign('/')
}
