/** A flame, drawn for this package. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#f60"><path d="M13 2c1 4-5 6-5 12a5 5 0 0 0 10 0c0-2-1-4-2-5-.2 1.5-.8 2.3-1.6 2.8C15 8 15 5 13 2Z"/></svg>'
