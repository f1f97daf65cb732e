import type { OAuthClient } from '../provider.ts'

/** The sandbox's own OAuth client. Known to everybody: it opens nothing but sample data on the loopback address. */
export const defaultClient = (redirectUris: readonly string[]): OAuthClient => ({
  clientId: '407123456789-sandboxdrive0sampledata0client00.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-SandboxDriveClientOfSampleData',
  redirectUris,
})

/** The number of the Cloud project that a client id begins with: all its clients share the grants of an account. */
export const projectOf = (clientId: string): string => /^(\d+)-/.exec(clientId)?.[1] ?? clientId
