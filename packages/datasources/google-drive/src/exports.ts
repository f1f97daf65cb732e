/**
 * What each kind of native document is exported as: the form that keeps most of what a reader of text can use.
 * https://developers.google.com/workspace/drive/api/guides/ref-export-formats
 */
const exportTypes: Readonly<Record<string, string>> = {
  document: 'text/markdown',
  // The text formats would give the first sheet alone.
  spreadsheet: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  presentation: 'application/pdf',
  drawing: 'application/pdf',
  script: 'application/vnd.google-apps.script+json',
  vid: 'video/mp4',
}

/** `undefined` for what Google exports in no form: forms, sites, maps, links to other apps. */
export const exportTypeOf = (type: string): string | undefined =>
  Object.hasOwn(exportTypes, type) ? exportTypes[type] : undefined
