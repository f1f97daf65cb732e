/** So long a spent refresh token works again at the provider `grace`. Never scaled down: it is the provider's, and not a limit of ours. */
export const GRACE_SECONDS = 20
