import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Text } from 'react-aria-components/Text'
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components/Toast'
import { useTranslation } from 'react-i18next'
import styles from './toast.module.css'

interface Said {
  text: string
  look: 'good' | 'bad'
}

const SHOWN_MS = 6_000
const queue = new ToastQueue<Said>({ maxVisibleToasts: 5 })

/** Says that something was done. It goes by itself; what must not be missed stands in the page. */
export function toast(text: string, look: Said['look'] = 'good'): void {
  queue.add({ text, look }, { timeout: SHOWN_MS })
}

/** Where they appear: once, in the shell. */
export function Toasts() {
  const { t } = useTranslation()
  return (
    <ToastRegion queue={queue} className={styles.region} aria-label={t('ui.notifications')}>
      {({ toast: shown }) => (
        <AriaToast toast={shown} className={`${styles.toast} ${styles[shown.content.look]}`}>
          {shown.content.look === 'good' ? (
            <CircleCheck size={18} aria-hidden="true" />
          ) : (
            <CircleAlert size={18} aria-hidden="true" />
          )}
          <ToastContent className={styles.content}>
            <Text slot="title">{shown.content.text}</Text>
          </ToastContent>
          <Button slot="close" aria-label={t('ui.dismiss')} className={styles.close}>
            <X size={14} aria-hidden="true" />
          </Button>
        </AriaToast>
      )}
    </ToastRegion>
  )
}
