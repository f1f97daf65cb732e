import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

const MINUTE_MS = 60_000
const units = [
  ['year', 365 * 24 * 60],
  ['month', 30 * 24 * 60],
  ['day', 24 * 60],
  ['hour', 60],
  ['minute', 1],
] as const

/** An instant in the reader's own zone: how long ago or ahead it is, or with `exact` the date. The whole of it is its tip. */
export function Time({ at, exact = false }: { at: string; exact?: boolean }) {
  const { i18n } = useTranslation()
  const now = useSyncExternalStore(everyMinute, latest)
  const date = new Date(at)
  const whole = date.toLocaleString(i18n.language, { dateStyle: 'full', timeStyle: 'long' })
  return (
    <time dateTime={at} title={whole}>
      {exact
        ? date.toLocaleString(i18n.language, { dateStyle: 'medium', timeStyle: 'short' })
        : distance(date.getTime() - now, i18n.language)}
    </time>
  )
}

function distance(milliseconds: number, language: string): string {
  const minutes = Math.trunc(milliseconds / MINUTE_MS)
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, size] of units)
    if (Math.abs(minutes) >= size) return format.format(Math.round(minutes / size), unit)
  return format.format(0, 'second')
}

let now = Date.now()
const latest = () => now

function everyMinute(changed: () => void): () => void {
  const look = () => {
    now = Date.now()
    changed()
  }
  look()
  const timer = setInterval(look, MINUTE_MS / 2)
  return () => clearInterval(timer)
}
