/** The settings of a connection as its source's form calls them, in the form's order. */
export function settingFacts(
  schema: Readonly<Record<string, unknown>> | null,
  settings: Readonly<Record<string, unknown>>,
): { label: string; value: unknown }[] {
  const fields = (schema?.properties ?? {}) as Readonly<Record<string, { title?: string }>>
  return Object.entries(fields).map(([name, { title }]) => ({ label: title ?? name, value: settings[name] }))
}
