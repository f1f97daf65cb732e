import { Handle, type NodeProps, Position, useReactFlow, useStoreApi } from '@xyflow/react'
import { useEffect, useEffectEvent } from 'react'
import { NodeFace } from '../node-face.tsx'
import { stateOf } from '../node-state.ts'
import styles from './canvas.module.css'
import { glide } from './glide.ts'
import { useSelection } from './selection.ts'

/** A node of the canvas: a button that opens its panel. */
export function NodeCard({ id }: NodeProps) {
  const { pipeline, sources, selected, onSelect } = useSelection()
  const bringIntoSight = useBringIntoSight(id)
  const node = pipeline.nodes.find((one) => one.id === id)
  const isSelected = selected === id
  const show = useEffectEvent(bringIntoSight)
  // The panel takes room: what it is about stays in sight.
  useEffect(() => {
    if (!isSelected) return
    const frame = requestAnimationFrame(() => show())
    return () => cancelAnimationFrame(frame)
  }, [isSelected])

  if (!node) return null
  const source = sources.find((one) => one.id === node.data_source)
  return (
    <>
      <Handle
        type="target"
        position={Position.Left}
        isConnectable={false}
        className={styles.handle}
        data-used={pipeline.edges.some(({ target }) => target === id)}
      />
      <button
        type="button"
        className={styles.card}
        data-node={id}
        data-role={node.role}
        data-state={stateOf(node)}
        aria-expanded={isSelected}
        onClick={() => onSelect(id)}
        onFocus={(event) => event.currentTarget.matches(':focus-visible') && bringIntoSight()}
      >
        <NodeFace node={node} source={source} />
      </button>
      <Handle
        type="source"
        position={Position.Right}
        isConnectable={false}
        className={styles.handle}
        data-used={pipeline.edges.some((edge) => edge.source === id)}
      />
    </>
  )
}

/** Moves the canvas, when the node is not whole in sight. */
function useBringIntoSight(id: string): () => void {
  const flow = useReactFlow()
  const store = useStoreApi()
  return () => {
    const { width, height, domNode } = store.getState()
    const node = flow.getInternalNode(id)
    if (!node || !domNode) return
    const { x, y } = node.internals.positionAbsolute
    const size = { width: node.measured.width ?? 0, height: node.measured.height ?? 0 }
    const { x: left, y: top, zoom } = flow.getViewport()
    const isInSight =
      x * zoom + left >= 0 &&
      y * zoom + top >= 0 &&
      (x + size.width) * zoom + left <= Math.min(width, domNode.clientWidth) &&
      (y + size.height) * zoom + top <= Math.min(height, domNode.clientHeight)
    if (isInSight) return
    void flow.setCenter(x + size.width / 2, y + size.height / 2, { zoom, duration: glide() })
  }
}
