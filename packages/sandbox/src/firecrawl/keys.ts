/** An API key of the stand-in and the team behind it. All of it is sample data. */
export interface SampleKey {
  readonly key: string
  readonly teamId: string
  /** Credits of a billing period. */
  readonly planCredits: number
  /** Credits already used when the sandbox first starts. */
  readonly usedCredits: number
  /** Endpoint groups the key may call besides `/v2/team/*`; empty: all. */
  readonly allowedEndpoints: readonly string[]
  /** Without it credit-usage answers 404, although the key is accepted. */
  readonly billing: boolean
}

const sample = (digit: number, more: Partial<SampleKey> = {}): SampleKey => ({
  key: `fc-5a4db0c5a4db0c5a4db0c5a4db0c000${digit}`,
  teamId: `00000000-0000-4000-8000-00000000000${digit}`,
  planCredits: 5000,
  usedCredits: 0,
  allowedEndpoints: [],
  billing: true,
  ...more,
})

export const sampleKeys = {
  /** Fewer credits than the default crawl limit of 10000: who forgets `limit` gets a 402, as most real teams would. */
  good: sample(1),
  /** Restricted to scraping: crawl and map answer 403. */
  restricted: sample(2, { allowedEndpoints: ['scrape'] }),
  withoutCredits: sample(3, { usedCredits: 5000 }),
  withoutBilling: sample(4, { billing: false }),
} as const satisfies Record<string, SampleKey>

export type SampleKeyName = keyof typeof sampleKeys
export const sampleKeyNames = Object.keys(sampleKeys) as readonly SampleKeyName[]

/** The keys alone, by what they are good for. */
export const firecrawlKeys = Object.fromEntries(sampleKeyNames.map((name) => [name, sampleKeys[name].key])) as Readonly<
  Record<SampleKeyName, string>
>
