import { Link, Outlet, useRouter } from '@tanstack/react-router'
import { Activity, Settings, Workflow } from 'lucide-react'
import { type ComponentProps, useEffect, useState } from 'react'
import { RouterProvider } from 'react-aria-components'
import { Trans, useTranslation } from 'react-i18next'
import { PasswordDialog } from '../people/lazy-password-dialog.tsx'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { focusTitle } from '../ui/page-header.tsx'
import { AvatarMenu } from './avatar-menu.tsx'
import { useLiveState } from './live.tsx'
import { useSession } from './session.tsx'
import styles from './shell.module.css'
import { WorkspaceSwitcher } from './workspace-switcher.tsx'

/** What is around every page: the bar on top, what must be known, and the page itself. */
export function Shell() {
  const { t } = useTranslation()
  const router = useRouter()
  useFocusOnNavigation()
  return (
    <RouterProvider
      navigate={(to, options) => void router.navigate({ to, ...options })}
      useHref={(to) => router.buildLocation({ to }).href}
    >
      <a href="#content" className={styles.skip}>
        {t('app.skip')}
      </a>
      <header className={styles.bar}>
        <Link to="/" className={styles.brand}>
          <img src="/icon.svg" alt="" width={24} height={24} />
          <span>{t('app.name')}</span>
        </Link>
        <WorkspaceSwitcher />
        <nav aria-label={t('app.nav.label')} className={styles.nav}>
          <NavLink to="/pipelines" icon={<Workflow size={16} aria-hidden="true" />}>
            {t('app.nav.pipelines')}
          </NavLink>
          <NavLink to="/settings" icon={<Settings size={16} aria-hidden="true" />}>
            {t('app.nav.settings')}
          </NavLink>
          <NavLink to="/health" icon={<Activity size={16} aria-hidden="true" />}>
            {t('app.nav.health')}
          </NavLink>
        </nav>
        <AvatarMenu />
      </header>
      <Notices />
      <main id="content" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
    </RouterProvider>
  )
}

function NavLink({
  icon,
  children,
  to,
}: {
  icon: React.ReactNode
  children: string
  to: ComponentProps<typeof Link>['to']
}) {
  return (
    <Link to={to} className={styles.navLink}>
      {icon}
      <span>{children}</span>
    </Link>
  )
}

/** What must be known on any page. */
function Notices() {
  const { t } = useTranslation()
  const session = useSession()
  const live = useLiveState()
  const [isSetting, setSetting] = useState(false)
  return (
    <>
      {live === 'lost' && (
        <div className={styles.notice}>
          <Notice look="warn" role="alert">
            {t('app.live.lost')}
          </Notice>
        </div>
      )}
      {!session.has_password && (
        <div className={styles.notice}>
          <Notice
            actions={
              <Button size="small" onPress={() => setSetting(true)}>
                {t('app.once.action')}
              </Button>
            }
          >
            <Trans
              i18nKey="app.once.text"
              values={{ email: session.user.email }}
              components={{ email: <strong /> }}
              t={t}
            />
          </Notice>
        </div>
      )}
      {isSetting && <PasswordDialog onClose={() => setSetting(false)} />}
    </>
  )
}

/** A reader who goes to another page by the keyboard, or hears it, goes on at its title. */
function useFocusOnNavigation(): void {
  const router = useRouter()
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) focusTitle()
      }),
    [router],
  )
}
