import type { DataSource, Pipeline } from '@wellhead/client'
import { createContext, useContext } from 'react'

/** What the cards of the canvas show beside their place in it. */
export interface Selection {
  readonly pipeline: Pipeline
  readonly sources: readonly DataSource[]
  /** The id of the node whose panel is open. */
  readonly selected: string | null
  readonly onSelect: (id: string) => void
}

export const SelectionContext = createContext<Selection | null>(null)

export function useSelection(): Selection {
  const selection = useContext(SelectionContext)
  if (selection === null) throw new Error('There is no canvas here.')
  return selection
}
