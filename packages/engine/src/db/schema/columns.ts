import { customType, timestamp } from 'drizzle-orm/pg-core'

/** Bytes that only the vault can read. */
export const sealed = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
