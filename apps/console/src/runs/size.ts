import { useTranslation } from 'react-i18next'
import { localeOf } from '../texts/languages.ts'

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** A number of bytes in words. */
export function useSize(): (bytes: number) => string {
  const { i18n } = useTranslation()
  return (bytes) => {
    const power = Math.min(bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3), units.length - 1)
    return new Intl.NumberFormat(localeOf(i18n.language), {
      style: 'unit',
      unit: units[power],
      // The short one of English has no plural of byte.
      unitDisplay: power === 0 ? 'long' : 'short',
      maximumFractionDigits: power === 0 ? 0 : 1,
    }).format(bytes / 1000 ** power)
  }
}
