import { type ReactNode, type Ref, useEffect } from 'react'
import { Button as AriaButton, type ButtonProps as AriaProps } from 'react-aria-components/Button'
import { announce } from './announcements.tsx'
import styles from './button.module.css'
import { Tooltip } from './tooltip.tsx'

export interface ButtonProps extends Omit<AriaProps, 'className' | 'style' | 'children' | 'isPending'> {
  children: ReactNode
  look?: 'plain' | 'primary' | 'danger' | 'bare'
  size?: 'small' | 'usual'
  /** What it acts on, for screen readers: "Rename" of many is told apart by it. */
  of?: string
  /** Shown instead of its words while it works; it cannot be pressed meanwhile, and keeps the focus. */
  busy?: string | false | undefined
  ref?: Ref<HTMLButtonElement>
}

export function Button({ children, look = 'plain', size = 'usual', of, busy = false, ...props }: ButtonProps) {
  const isBusy = typeof busy === 'string'
  useEffect(() => {
    if (isBusy) announce(busy)
  }, [isBusy, busy])
  return (
    <AriaButton
      {...props}
      {...(isBusy ? { 'aria-disabled': true, type: 'button', onPress: undefined } : {})}
      className={classes(look, size)}
    >
      {isBusy && <span className={styles.spinner} aria-hidden="true" />}
      {isBusy ? busy : children}
      {of !== undefined && <span className="unseen"> ({of})</span>}
    </AriaButton>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'busy' | 'of'> {
  /** What it does: its name, and the tip beside it. */
  label: string
}

/** A button that shows an icon alone. */
export function IconButton({ label, children, look = 'bare', size = 'usual', ...props }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <AriaButton {...props} aria-label={label} className={`${classes(look, size)} ${styles.icon}`}>
        {children}
      </AriaButton>
    </Tooltip>
  )
}

const classes = (look: NonNullable<ButtonProps['look']>, size: NonNullable<ButtonProps['size']>) =>
  [styles.button, styles[look], size === 'small' && styles.small].filter(Boolean).join(' ')
