import { customType, timestamp } from 'drizzle-orm/pg-core'

/** Bytes that only the vault can read. */
export const sealed = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** To the millisecond, as JavaScript has it: a date read and compared again is the same date. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
