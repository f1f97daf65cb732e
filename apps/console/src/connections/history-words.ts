/** An entry of a connection's history in words. */
import type { HistoryEntry } from '@wellhead/client'
import { operations } from '@wellhead/client/schema'
import {
  CircleAlert,
  CircleCheck,
  Info,
  type LucideIcon,
  Pencil,
  Play,
  RefreshCw,
  TriangleAlert,
  X,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'
import { useWords } from '../texts/words.ts'

const looks: Readonly<Record<string, { look: 'good' | 'warn' | 'bad' | 'quiet'; Icon: LucideIcon }>> = {
  'connection.create': { look: 'good', Icon: CircleCheck },
  'connection.created': { look: 'good', Icon: CircleCheck },
  'connection.validated': { look: 'good', Icon: CircleCheck },
  'connection.recovered': { look: 'good', Icon: CircleCheck },
  'connection.refreshed': { look: 'quiet', Icon: RefreshCw },
  'connection.degraded': { look: 'warn', Icon: TriangleAlert },
  'connection.invalid': { look: 'bad', Icon: CircleAlert },
  'connection.needs_reauthorization': { look: 'bad', Icon: CircleAlert },
  'connection.update': { look: 'quiet', Icon: Pencil },
  'connection.delete': { look: 'bad', Icon: X },
  'authorization.completed': { look: 'good', Icon: CircleCheck },
  'authorization.failed': { look: 'warn', Icon: TriangleAlert },
  'run.started': { look: 'quiet', Icon: Play },
  'run.completed': { look: 'good', Icon: CircleCheck },
  'run.failed': { look: 'bad', Icon: CircleAlert },
  'run.cancelled': { look: 'quiet', Icon: X },
}

export const lookOf = ({ type }: HistoryEntry) => looks[type] ?? { look: 'quiet' as const, Icon: Info }

export function useHistoryWords(): (entry: HistoryEntry) => { text: string; detail: string | null } {
  const { t, i18n } = useTranslation()
  const wordsOf = useWords()

  function nameOf(actor: NonNullable<HistoryEntry['actor']>): string {
    const name = actor.name ?? t('connectionPage.history.somebody')
    if (actor.token === null) return name
    return actor.token.name === null
      ? t('connectionPage.history.withGoneToken', { name })
      : t('connectionPage.history.withToken', { name, token: actor.token.name })
  }

  function changed(data: HistoryEntry['data']): string {
    const keys = Array.isArray(data.changed) ? data.changed.map(String) : []
    const words = keys.map((key) => (isChange(key) ? t(`connectionPage.history.changes.${key}`) : key))
    return new Intl.ListFormat(localeOf(i18n.language), { type: 'conjunction' }).format(words)
  }

  function textOf({ type, actor, data }: HistoryEntry): string {
    const who = actor ? nameOf(actor) : ''
    const known = told.find((one) => one === type.replace('.', '_'))
    if (known)
      return t(`connectionPage.history.what.${known}`, {
        who,
        changed: changed(data),
        operation: operationOf(data),
        count: Number(data.document_count ?? 0),
      })
    // Of a newer server.
    return t(actor ? 'connectionPage.history.what.otherBy' : 'connectionPage.history.what.other', { who, type })
  }

  function operationOf({ operation }: HistoryEntry['data']): string {
    const known = operations.find((one) => one === operation)
    return known ? t(`connectionPage.history.operations.${known}`) : String(operation ?? '')
  }

  function detailOf({ type, data }: HistoryEntry): string | null {
    const error = data.error as { code?: string; message?: unknown } | undefined
    if (typeof error?.message === 'string') return wordsOf({ code: error.code, message: error.message })
    if (type === 'connection.refreshed' && typeof data.expires_at === 'string') {
      const at = new Date(data.expires_at).toLocaleString(localeOf(i18n.language), {
        dateStyle: 'medium',
        timeStyle: 'short',
      })
      return t('connectionPage.history.validUntil', { at })
    }
    return null
  }

  return (entry) => ({ text: textOf(entry), detail: detailOf(entry) })
}

/** The entries that have words: their types, as the texts are called. */
const told = [
  'connection_create',
  'connection_update',
  'connection_delete',
  'connection_created',
  'connection_validated',
  'connection_invalid',
  'connection_refreshed',
  'connection_degraded',
  'connection_needs_reauthorization',
  'connection_recovered',
  'authorization_completed',
  'authorization_failed',
  'run_started',
  'run_completed',
  'run_failed',
  'run_cancelled',
] as const

const changes = ['name', 'isDefault', 'visibility', 'memberIds', 'apiKey', 'settings'] as const

const isChange = (key: string): key is (typeof changes)[number] => (changes as readonly string[]).includes(key)
