import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import styles from './virtual-list.module.css'

/** A long list in the page of which only what can be seen is there. Its items have a `<li>` each, as high as they need. */
export function VirtualList<Item>({
  items,
  keyOf,
  estimate,
  children,
  label,
  labelOf,
}: {
  items: readonly Item[]
  keyOf: (item: Item) => string
  /** The height of an item before it was measured, pixels. */
  estimate: number
  children: (item: Item) => ReactNode
  label: string
  /** An item's own name. */
  labelOf: (item: Item) => string
}) {
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)

  // Where it begins changes with what is above it.
  useLayoutEffect(() => {
    const measure = () => setTop((list.current?.getBoundingClientRect().top ?? 0) + scrollY)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])

  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => estimate,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => keyOf(items[index] as Item),
  })
  return (
    <ul ref={list} className={styles.list} style={{ blockSize: virtual.getTotalSize() }} aria-label={label}>
      {virtual.getVirtualItems().map(({ key, index, start }) => (
        <li
          key={key}
          ref={virtual.measureElement}
          data-index={index}
          aria-label={labelOf(items[index] as Item)}
          aria-setsize={items.length}
          aria-posinset={index + 1}
          className={styles.item}
          style={{ transform: `translateY(${start - top}px)` }}
        >
          {children(items[index] as Item)}
        </li>
      ))}
    </ul>
  )
}
