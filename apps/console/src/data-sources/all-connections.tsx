import type { Connection, DataSource } from '@wellhead/client'
import { ConnectionRow } from '../connections/connection-row.tsx'
import { VirtualList } from '../ui/virtual-list.tsx'

/** Before it was measured. */
const ROW_HEIGHT = 88

/** All connections of a source, however many. */
export function AllConnections(props: { source: DataSource; connections: readonly Connection[]; label: string }) {
  const { source, connections, label } = props
  return (
    <VirtualList
      items={connections}
      keyOf={({ id }) => id}
      labelOf={({ name }) => name}
      estimate={ROW_HEIGHT}
      label={label}
    >
      {(connection) => <ConnectionRow source={source} connection={connection} />}
    </VirtualList>
  )
}
