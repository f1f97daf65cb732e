/** An open box, drawn for this package; not the provider's logo. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"><path d="M4 11v8a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-8"/><path d="M4 11 2 7l5-3 5 4 5-4 5 3-2 4-5 1-3-4-3 4z"/></svg>'
