/** A cloud with a folder's line, drawn for this package; not the provider's logo. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"><path d="M7 18a4 4 0 0 1-.6-7.96A6 6 0 0 1 17.8 9.2 4.5 4.5 0 0 1 17.5 18Z"/><path d="M9 14h6"/></svg>'
