import type { ReactElement } from 'react'
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components/Tooltip'
import { overlayPlace } from './portal.ts'
import styles from './tooltip.module.css'

/** A few words beside what has the pointer or the focus. They repeat its name: nothing is told by it alone. */
export function Tooltip({ text, children }: { text: string; children: ReactElement }) {
  return (
    <TooltipTrigger delay={500}>
      {children}
      <AriaTooltip UNSTABLE_portalContainer={overlayPlace()} className={styles.tooltip} offset={6}>
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  )
}
