import type { Connection, Session } from '@wellhead/client'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'

const Context = createContext<Session | null>(null)

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const whose = `${session.user.id} ${session.workspace.id}`
  const [first] = useState(whose)
  const isAnother = whose !== first
  useEffect(() => {
    // Another tab went to another workspace, and the browser's session with it: what this tab shows is over.
    if (isAnother) location.assign('/')
  }, [isAnother])
  return <Context value={session}>{children}</Context>
}

/** Who is signed in, and in which workspace. */
export function useSession(): Session {
  const session = useContext(Context)
  if (session === null) throw new Error('Nobody is signed in.')
  return session
}

/** Whether the member may invite people and set OAuth clients. */
export function mayConfigure(session: Session): boolean {
  return session.workspace.role !== 'member'
}

/** Whether the member may change this connection, as the server will judge it. */
export function mayManage(session: Session, connection: Connection): boolean {
  return connection.created_by === session.user.id || mayConfigure(session)
}
