export interface LiveCredential {
  readonly secret: string
  /** Counts the token pairs that the provider has issued to this connection. */
  readonly generation: number
  /** Milliseconds since the epoch of the answer that issued it. */
  readonly issuedAt: number
}

/** How a context comes by the credential. The engine stands behind it. */
export interface CredentialPort {
  current(): Promise<LiveCredential>
  /**
   * One refresh, naming the generation that was refused. Absent for API keys.
   *
   * @throws DataSourceError `unauthorized` when the grant is gone, `provider_unavailable` when it could not be refreshed now
   */
  refresh?(rejectedGeneration: number): Promise<LiveCredential>
}
