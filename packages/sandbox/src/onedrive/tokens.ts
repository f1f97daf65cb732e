import { randomBytes } from 'node:crypto'
import type { AccountKind } from './accounts.ts'

const random = (bytes: number): string => randomBytes(bytes).toString('base64url')

/** Opaque, but of the forms that are seen: they differ between work and personal accounts. */
export function newToken(kind: 'code' | 'access' | 'refresh', of: AccountKind): string {
  if (kind === 'code') return of === 'work' ? `0.AXoA${random(60)}` : `M.C5${random(2)}_BL2.2.${random(30)}`
  if (kind === 'refresh') return of === 'work' ? `1.AXoA${random(90)}` : `M.C5${random(2)}_BL2.0.${random(60)}`
  return of === 'work' ? `eyJ0eXAiOiJKV1QiLCJub25jZSI6${random(12)}.${random(120)}.${random(48)}` : `EwB${random(120)}`
}
