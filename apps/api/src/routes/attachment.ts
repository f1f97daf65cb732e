/** RFC 6266, with the name in both forms of its section 5. */
export function attachment(title: string, fallback: string): string {
  const name =
    title
      .replace(/[\p{Cc}/\\]/gu, ' ')
      .trim()
      .slice(0, 150)
      .toWellFormed() || fallback
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
