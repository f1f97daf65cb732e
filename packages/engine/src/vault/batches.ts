/** Going through many rows without holding on to any: small pages by id, each row a statement of its own. */

const PAGE = 200
const AT_ONCE = 8

/** Calls `act` for every row, in pages from after the last id of the one before. */
export async function throughPages<Row extends { readonly id: string }>(
  page: (after: string, limit: number) => Promise<readonly Row[]>,
  act: (row: Row) => Promise<void>,
): Promise<void> {
  let after = ''
  for (;;) {
    const rows = await page(after, PAGE)
    for (let start = 0; start < rows.length; start += AT_ONCE)
      await Promise.all(rows.slice(start, start + AT_ONCE).map(act))
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.id
  }
}

/** How far a step is, for whoever watches. `left` is what there was when the pass began, less what was done since. */
export interface Progress {
  readonly step: 'rewrap' | 'renew' | 'reseal'
  readonly done: number
  readonly left: number
}

export type Watch = (progress: Progress) => void
