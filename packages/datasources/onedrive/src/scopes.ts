/** The least: files are read, never written; User.Read says whose they are; offline_access is what a refresh token comes with. */
export const scopes = ['Files.Read', 'User.Read', 'offline_access']

/**
 * Answers never name `offline_access`, and may name the others as URIs of Graph and in another case.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
export function isGranted(scope: string, granted: readonly string[]): boolean {
  return scope === 'offline_access' || granted.some((one) => bare(one) === bare(scope))
}

const bare = (scope: string): string => scope.toLowerCase().replace(/^https:\/\/graph\.microsoft\.com\//, '')
