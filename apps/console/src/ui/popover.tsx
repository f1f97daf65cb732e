import type { ReactElement, ReactNode } from 'react'
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog'
import { Popover as AriaPopover, type PopoverProps } from 'react-aria-components/Popover'
import styles from './popover.module.css'
import { overlayPlace } from './portal.ts'

/** Something small beside its button. `children` may be a function that is given what closes it. */
export function Popover(props: {
  label: string
  trigger: ReactElement
  children: ReactNode | ((close: () => void) => ReactNode)
  placement?: PopoverProps['placement']
}) {
  const { children } = props
  return (
    <DialogTrigger>
      {props.trigger}
      <AriaPopover
        UNSTABLE_portalContainer={overlayPlace()}
        className={styles.popover}
        placement={props.placement ?? 'bottom end'}
        offset={6}
      >
        <Dialog aria-label={props.label} className={styles.dialog}>
          {typeof children === 'function' ? ({ close }) => children(close) : children}
        </Dialog>
      </AriaPopover>
    </DialogTrigger>
  )
}
