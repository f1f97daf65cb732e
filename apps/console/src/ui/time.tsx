import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'

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
  const { whole, short, relative } = formatsOf(localeOf(i18n.language))
  const date = new Date(at)
  return (
    <time dateTime={at} title={whole.format(date)}>
      {exact ? short.format(date) : distance(date.getTime() - now, relative)}
    </time>
  )
}

function distance(milliseconds: number, format: Intl.RelativeTimeFormat): string {
  const minutes = Math.trunc(milliseconds / MINUTE_MS)
  for (const [unit, size] of units)
    if (Math.abs(minutes) >= size) return format.format(Math.round(minutes / size), unit)
  return format.format(0, 'second')
}

/** To make one takes longer than to draw a row of a list. */
const formats = new Map<string, ReturnType<typeof makeFormats>>()

function formatsOf(language: string) {
  const known = formats.get(language) ?? makeFormats(language)
  formats.set(language, known)
  return known
}

function makeFormats(language: string) {
  return {
    whole: new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }),
    short: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }),
    relative: new Intl.RelativeTimeFormat(language, { numeric: 'auto' }),
  }
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
