import { useSyncExternalStore } from 'react'

/** Whether the screen is as the query says. For what CSS alone cannot change, such as a panel that becomes a dialog. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    () => matchMedia(query).matches,
  )
}
