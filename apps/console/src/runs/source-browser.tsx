import type { Connection, DataSource, Document } from '@wellhead/client'
import { Check, ChevronRight, File, FileText, Folder, FolderSearch } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { Checkbox as AriaCheckbox } from 'react-aria-components/Checkbox'
import { GridList, GridListItem } from 'react-aria-components/GridList'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx'
import { Time } from '../ui/time.tsx'
import { useSize } from './size.ts'
import styles from './source-browser.module.css'
import { type Place, useListing } from './use-listing.ts'

const PAUSE_MS = 400

/** What is chosen, by its id at the provider. */
export type Chosen = ReadonlyMap<string, Document>

interface Props {
  source: DataSource
  connection: Connection
  chosen: Chosen
  onChoose: (chosen: Chosen) => void
  /** What can be done with the folder that is open. */
  folderAction?: (folder: Document) => ReactNode
}

/** What a source of pages or files holds, to choose from. What is chosen stays so over folders and searches. */
export function SourceBrowser(props: Props) {
  return props.source.kind === 'online_drive' ? <Drive {...props} /> : <Pages {...props} />
}

function Pages(props: Props) {
  const { t } = useTranslation()
  const [query, setQuery] = useState('')
  const searched = useSettled(query.trim())
  return (
    <div className={styles.browser}>
      <SearchField label={t('runs.browse.search')} value={query} onChange={setQuery} />
      <Entries
        {...props}
        label={t('runs.browse.pages')}
        place={searched === '' ? {} : { query: searched }}
        empty={searched === '' ? t('runs.browse.emptyPages') : t('runs.browse.noMatch')}
      />
    </div>
  )
}

function Drive(props: Props) {
  const { t } = useTranslation()
  const [path, setPath] = useState<readonly Document[]>([])
  const folder = path.at(-1)
  return (
    <div className={styles.browser}>
      <nav aria-label={t('runs.browse.place')}>
        <ol className={styles.path}>
          <li>
            <AriaButton className={styles.step} isDisabled={path.length === 0} onPress={() => setPath([])}>
              {t('runs.browse.top')}
            </AriaButton>
          </li>
          {path.map((step, index) => (
            <li key={step.external_id}>
              <ChevronRight size={14} aria-hidden="true" />
              <AriaButton
                className={styles.step}
                isDisabled={index === path.length - 1}
                onPress={() => setPath(path.slice(0, index + 1))}
              >
                {step.title}
              </AriaButton>
            </li>
          ))}
        </ol>
      </nav>
      {folder && props.folderAction?.(folder)}
      <Entries
        {...props}
        label={t('runs.browse.files')}
        place={folder ? { folder: folder.external_id } : {}}
        onOpen={(entry) => setPath([...path, entry])}
        empty={t('runs.browse.empty')}
      />
    </div>
  )
}

function Entries({
  source,
  connection,
  chosen,
  onChoose,
  place,
  label,
  empty,
  onOpen,
}: Props & { place: Place; label: string; empty: string; onOpen?: (folder: Document) => void }) {
  const { t } = useTranslation()
  const { data, error, refetch, isFetching, hasNextPage, fetchNextPage } = useListing(source, connection, place)
  const entries = data?.pages.flatMap((page) => page.entries) ?? []
  const known = new Map(entries.map((entry) => [entry.external_id, entry]))

  function choose(keys: 'all' | Set<string | number>) {
    const files = entries.filter((entry) => !isFolder(entry))
    const here = keys === 'all' ? files : files.filter(({ external_id }) => keys.has(external_id))
    const elsewhere = [...chosen].filter(([id]) => !known.has(id))
    onChoose(new Map([...elsewhere, ...here.map((entry) => [entry.external_id, entry] as const)]))
  }

  if (error && !isFetching) return <ErrorState error={error} onAgain={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={5} />
  return (
    <>
      <GridList
        aria-label={label}
        className={styles.list}
        selectionMode="multiple"
        selectedKeys={[...chosen.keys()].filter((id) => known.has(id))}
        onSelectionChange={choose}
        disabledKeys={entries.filter(isFolder).map(({ external_id }) => external_id)}
        disabledBehavior="selection"
        renderEmptyState={() => <EmptyState icon={<FolderSearch size={22} />} title={empty} />}
      >
        {entries.map((entry) => (
          <EntryItem key={entry.external_id} entry={entry} onOpen={onOpen} />
        ))}
      </GridList>
      {hasNextPage && (
        <div>
          <Button size="small" busy={isFetching && t('runs.browse.loading')} onPress={() => void fetchNextPage()}>
            {t('runs.browse.more')}
          </Button>
        </div>
      )}
    </>
  )
}

function EntryItem({ entry, onOpen }: { entry: Document; onOpen: ((folder: Document) => void) | undefined }) {
  const sizeOf = useSize()
  const { icon, size, modified_at, last_edited_at } = entry.metadata as Entry
  const title = entry.title || entry.external_id
  const changed = modified_at ?? last_edited_at
  const Icon = isFolder(entry) ? Folder : entry.kind === 'drive_entry' ? File : FileText
  return (
    <GridListItem
      id={entry.external_id}
      textValue={title}
      className={styles.item}
      // A folder opens; the rest is chosen by a press anywhere on it.
      {...(isFolder(entry) ? { onAction: () => onOpen?.(entry) } : {})}
    >
      {isFolder(entry) ? (
        <span className={styles.box} />
      ) : (
        <AriaCheckbox slot="selection" className={styles.box}>
          {({ isSelected }) => (
            <span className={styles.mark} aria-hidden="true">
              {isSelected && <Check size={13} strokeWidth={3} />}
            </span>
          )}
        </AriaCheckbox>
      )}
      {icon && !/^https?:/.test(icon) ? (
        <span aria-hidden="true" className={styles.emoji}>
          {icon}
        </span>
      ) : (
        <Icon size={16} aria-hidden="true" className={styles.icon} />
      )}
      <span className={styles.title}>{title}</span>
      <span className={styles.quiet}>{typeof size === 'number' && sizeOf(size)}</span>
      <span className={styles.quiet}>{changed && <Time at={changed} />}</span>
      {isFolder(entry) && <ChevronRight size={16} aria-hidden="true" className={styles.icon} />}
    </GridListItem>
  )
}

/** What was typed, once the reader pauses: each search is a run. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

/** Of a listing's documents. */
interface Entry {
  type?: string
  icon?: string | null
  size?: number | null
  modified_at?: string | null
  last_edited_at?: string | null
}

const isFolder = (entry: Document) => entry.kind === 'drive_entry' && (entry.metadata as Entry).type === 'folder'
