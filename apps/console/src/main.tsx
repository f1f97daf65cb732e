import '@fontsource-variable/inter/wght.css'
import './app/tokens.css'
import './app/global.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { applyTheme, chosenTheme } from './app/theme.ts'
import { createI18n } from './texts/i18n.ts'
import { preferredLanguage } from './texts/languages.ts'

applyTheme(chosenTheme())
const i18n = await createI18n(preferredLanguage())
createRoot(document.getElementById('page') as HTMLElement).render(<App i18n={i18n} />)
