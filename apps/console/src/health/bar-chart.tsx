import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './bar-chart.module.css'
import { NumbersTable } from './numbers-table.tsx'
import { roundAbove } from './scale.ts'

export interface Series {
  readonly label: string
  readonly look: 'accent' | 'warn' | 'bad'
}

export interface Bar {
  readonly label: string
  /** Written below it; the others have the room of it. */
  readonly tick?: string
  /** One for each series, from the bottom to the top. */
  readonly values: readonly number[]
}

const HEIGHT = 140
const FOOT = 22
const HEAD = 18
/** Of the room of a bar. */
const WIDTH = 0.72
/** What is not nothing can be seen. */
const LEAST = 3

/**
 * Counts over time as bars, stacked. A dozen rectangles need no library of charts; what it says is also a sentence and, for whoever
 * wants the numbers, a table.
 */
export function BarChart({
  title,
  summary,
  column,
  series,
  bars,
}: {
  title: string
  /** What it shows, in a sentence: for those who do not see it. */
  summary: string
  /** What the bars are of, over their column in the table. */
  column: string
  series: readonly Series[]
  bars: readonly Bar[]
}) {
  const { t } = useTranslation()
  const pattern = useId()
  const top = roundAbove(Math.max(...bars.map(({ values }) => sum(values))))
  const room = 100 / bars.length
  const high = (value: number) => (value === 0 ? 0 : Math.max(LEAST, (value / top) * (HEIGHT - FOOT - HEAD)))
  return (
    <figure className={styles.figure}>
      {series.length > 1 && (
        <ul className={styles.legend}>
          {series.map(({ label, look }) => (
            <li key={label}>
              <svg width="12" height="12" aria-hidden="true">
                <rect width="12" height="12" rx="3" className={styles[look]} />
                {look === 'bad' && <rect width="12" height="12" rx="3" fill={`url(#${pattern})`} />}
              </svg>
              {label}
            </li>
          ))}
        </ul>
      )}
      <svg
        className={styles.chart}
        height={HEIGHT}
        role="img"
        aria-label={t('health.chart.of', { title, text: summary })}
      >
        <defs>
          {/* Two looks are told apart without their colours. */}
          <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="2" height="6" className={styles.hatch} />
          </pattern>
        </defs>
        <line x1="0" x2="100%" y1={HEAD} y2={HEAD} className={styles.grid} />
        <text x="0" y={HEAD - 5} className={styles.text}>
          {top}
        </text>
        <line x1="0" x2="100%" y1={HEIGHT - FOOT} y2={HEIGHT - FOOT} className={styles.base} />
        {bars.map(({ label, tick, values }, index) => {
          const x = room * index
          let y = HEIGHT - FOOT
          return (
            <g key={label}>
              {values.map((value, one) => {
                const height = high(value)
                y -= height
                const place = {
                  x: `${x + (room * (1 - WIDTH)) / 2}%`,
                  y,
                  width: `${room * WIDTH}%`,
                  height,
                }
                const { label: name, look } = series[one] as Series
                return (
                  <g key={name}>
                    <rect {...place} rx="2" className={styles[look]} />
                    {look === 'bad' && <rect {...place} rx="2" fill={`url(#${pattern})`} />}
                  </g>
                )
              })}
              {tick !== undefined && (
                <text
                  x={`${x + room / 2}%`}
                  y={HEIGHT - 6}
                  className={styles.text}
                  textAnchor={index === 0 ? 'start' : index === bars.length - 1 ? 'end' : 'middle'}
                >
                  {tick}
                </text>
              )}
              <rect x={`${x}%`} y={HEAD} width={`${room}%`} height={HEIGHT - FOOT - HEAD} className={styles.over}>
                <title>{`${label}: ${series.map((one, at) => `${values[at]} ${one.label}`).join(', ')}`}</title>
              </rect>
            </g>
          )
        })}
      </svg>
      <NumbersTable
        title={title}
        head={[column, ...series.map(({ label }) => label)]}
        rows={bars.map(({ label, values }) => [label, ...values])}
      />
    </figure>
  )
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
