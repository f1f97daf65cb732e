import { useSyncExternalStore } from 'react'

const KEPT = 5
let said: readonly { readonly id: number; readonly sentence: string }[] = []
let count = 0
const listeners = new Set<() => void>()

/** Says a sentence to screen readers: what has changed without that they are where it did. */
export function announce(sentence: string): void {
  count += 1
  said = [...said, { id: count, sentence }].slice(-KEPT)
  for (const listener of listeners) listener()
}

/** Where they are read from: once in the page. The attribute keeps the library from silencing it behind a dialog. */
export function Announcements() {
  const sentences = useSyncExternalStore(listen, () => said)
  return (
    <div role="status" aria-live="polite" className="unseen" data-live-announcer="true">
      {sentences.map(({ id, sentence }) => (
        <p key={id}>{sentence}</p>
      ))}
    </div>
  )
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
