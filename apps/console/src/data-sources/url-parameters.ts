import type { DataSource } from '@wellhead/client'

/** The parameters of a run that are addresses and that it cannot do without. */
export function urlParameters({ parameters_schema: schema }: DataSource): string[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Readonly<Record<string, { format?: string }>>
    required?: readonly string[]
  }
  return required.filter((name) => properties[name]?.format === 'uri')
}
