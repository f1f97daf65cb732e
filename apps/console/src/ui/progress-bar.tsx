import { ProgressBar as AriaProgressBar } from 'react-aria-components/ProgressBar'
import styles from './progress-bar.module.css'

/** How far something is; without a total, that it goes on. */
export function ProgressBar({ label, value, total }: { label: string; value: number; total: number | null }) {
  const isKnown = total !== null && total > 0
  return (
    <AriaProgressBar
      aria-label={label}
      isIndeterminate={!isKnown}
      value={value}
      maxValue={total ?? 1}
      className={styles.track}
    >
      {({ percentage }) => (
        <div
          className={`${styles.bar} ${isKnown ? '' : styles.unknown}`}
          style={isKnown ? { inlineSize: `${percentage ?? 0}%` } : undefined}
        />
      )}
    </AriaProgressBar>
  )
}
