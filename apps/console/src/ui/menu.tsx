import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { Header } from 'react-aria-components/Header'
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  type MenuItemProps as AriaMenuItemProps,
  type MenuProps as AriaMenuProps,
  MenuSection as AriaMenuSection,
  type MenuSectionProps as AriaMenuSectionProps,
  MenuTrigger,
} from 'react-aria-components/Menu'
import { Popover, type PopoverProps } from 'react-aria-components/Popover'
import { Separator } from 'react-aria-components/Separator'
import styles from './menu.module.css'
import { overlayPlace } from './portal.ts'

/** A menu below its button. */
export function Menu<Item extends object>({
  trigger,
  placement = 'bottom end',
  ...props
}: Omit<AriaMenuProps<Item>, 'className' | 'style'> & {
  trigger: ReactElement
  placement?: PopoverProps['placement']
}) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover UNSTABLE_portalContainer={overlayPlace()} className={styles.popover} placement={placement} offset={6}>
        <AriaMenu {...props} className={styles.menu} />
      </Popover>
    </MenuTrigger>
  )
}

export function MenuItem({
  icon,
  look = 'plain',
  children,
  ...props
}: Omit<AriaMenuItemProps, 'className' | 'style' | 'children'> & {
  icon?: ReactNode
  look?: 'plain' | 'danger'
  children: string
}) {
  return (
    <AriaMenuItem
      {...props}
      textValue={children}
      className={`${styles.item} ${look === 'danger' ? styles.danger : ''}`}
    >
      {({ selectionMode, isSelected }) => (
        <>
          <span className={styles.icon} aria-hidden="true">
            {selectionMode === 'none' ? icon : isSelected && <Check size={16} />}
          </span>
          {children}
        </>
      )}
    </AriaMenuItem>
  )
}

/** Items that belong together, or of which one is chosen. */
export function MenuSection<Item extends object>({
  title,
  children,
  ...props
}: Omit<AriaMenuSectionProps<Item>, 'className' | 'style' | 'children'> & { title: string; children: ReactNode }) {
  return (
    <AriaMenuSection {...props} className={styles.section}>
      <Header className={styles.header}>{title}</Header>
      {children}
    </AriaMenuSection>
  )
}

export function MenuSeparator() {
  return <Separator className={styles.separator} />
}
