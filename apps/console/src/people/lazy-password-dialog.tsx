import { lazy, Suspense } from 'react'

const Loaded = lazy(async () => ({ default: (await import('./password-dialog.tsx')).PasswordDialog }))

/** `PasswordDialog`, loaded when it is opened: the bar that opens it is on every page. */
export function PasswordDialog(props: { onClose: () => void }) {
  return (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  )
}
