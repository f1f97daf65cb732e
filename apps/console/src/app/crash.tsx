import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import styles from './shell.module.css'

/** Catches what a component throws while it renders: instead of an empty page, a sentence and a way on. */
export class Crash extends Component<{ children: ReactNode }, { hasCrashed: boolean }> {
  override state = { hasCrashed: false }

  static getDerivedStateFromError() {
    return { hasCrashed: true }
  }

  override render() {
    return this.state.hasCrashed ? <Crashed /> : this.props.children
  }
}

export function Crashed() {
  const { t } = useTranslation()
  return (
    <main className={styles.alone}>
      <h1>{t('app.crashed.title')}</h1>
      <p>{t('app.crashed.text')}</p>
      <Button look="primary" onPress={() => location.reload()}>
        {t('app.crashed.action')}
      </Button>
    </main>
  )
}
