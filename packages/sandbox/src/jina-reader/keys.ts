/** An API key of the stand-in and the account behind it. All of it is sample data. */
export interface SampleKey {
  readonly key: string
  /** The real service's key begins with it; so does what `authenticatedAs` says. */
  readonly userId: string
  readonly name: string
  /** Tokens left when the sandbox first starts. */
  readonly balance: number
}

export const sampleKeys = {
  good: {
    key: 'jina_5a4db0c5a4db0c5a4db0c5a4db0c0001SampleReaderKeyOfTheSandbox',
    userId: '5a4db0c5a4db0c5a4db0c5a4db0c0001',
    name: 'Ada Sample',
    balance: 1_000_000,
  },
  withoutBalance: {
    key: 'jina_5a4db0c5a4db0c5a4db0c5a4db0c0002SampleReaderKeyOfTheSandbox',
    userId: '5a4db0c5a4db0c5a4db0c5a4db0c0002',
    name: 'Ben Sample',
    balance: 0,
  },
} as const satisfies Record<string, SampleKey>

export type SampleKeyName = keyof typeof sampleKeys
export const sampleKeyNames = Object.keys(sampleKeys) as readonly SampleKeyName[]
