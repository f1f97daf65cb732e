/** The languages of the page, each in its own words. */
export const languages = { en: 'English', 'zh-CN': '简体中文' } as const
export type Language = keyof typeof languages

const KEPT = 'wellhead.language'

/** What the reader chose, or else what their browser asks for first. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(KEPT)
  if (chosen !== null && isLanguage(chosen)) return chosen
  for (const wanted of navigator.languages) {
    if (isLanguage(wanted)) return wanted
    if (/^zh\b/i.test(wanted)) return 'zh-CN'
    if (/^en\b/i.test(wanted)) return 'en'
  }
  return 'en'
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(KEPT, language)
}

function isLanguage(text: string): text is Language {
  return text in languages
}

/** How numbers and times are written: as in the reader's own region, where the browser names one of the language. */
export function localeOf(language: string): string {
  return navigator.languages.find((one) => one === language || one.startsWith(`${language}-`)) ?? language
}
