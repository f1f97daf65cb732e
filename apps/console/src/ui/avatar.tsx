import { useState } from 'react'
import styles from './avatar.module.css'

/** The picture of a person or an account; without one, or when it cannot be loaded, the first letters of the name. */
export function Avatar({ name, url, size = 32 }: { name: string; url?: string | null; size?: 24 | 32 | 40 }) {
  const [broken, setBroken] = useState<string | null>(null)
  const className = `${styles.avatar} ${styles[`size${size}`]}`
  if (url && url !== broken)
    return (
      <img
        className={className}
        src={url}
        alt=""
        width={size}
        height={size}
        loading="lazy"
        referrerPolicy="no-referrer"
        onError={() => setBroken(url)}
      />
    )
  return (
    // Drawn, not written: they are no part of what a button that holds them is called.
    <span className={className} data-initials={initials(name)} />
  )
}

function initials(name: string): string {
  const words = name
    .replace(/[@(].*$/, '')
    .split(/[\s._-]+/)
    .filter((word) => /\p{L}|\p{N}/u.test(word))
  const first = [...(words[0] ?? name)][0] ?? '?'
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : ''
  return (first + last).toLocaleUpperCase()
}
