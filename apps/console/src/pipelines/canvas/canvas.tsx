/** The pipeline as its document draws it. Loaded when it is needed: Settings do without it. */
import '@xyflow/react/dist/base.css'
import type { Pipeline } from '@wellhead/client'
import {
  Background,
  type Edge,
  MarkerType,
  type Node,
  type NodeTypes,
  Panel,
  ReactFlow,
  type ReactFlowInstance,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react'
import { Maximize, Minus, Plus } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../../ui/button.tsx'
import { readingOrder } from '../reading-order.ts'
import styles from './canvas.module.css'
import { glide } from './glide.ts'
import { NODE, positionsOf } from './layout.ts'
import { NodeCard } from './node-card.tsx'
import { type Selection, SelectionContext } from './selection.ts'

const nodeTypes: NodeTypes = { card: NodeCard }
const fit = { padding: 0.16, maxZoom: 1, minZoom: 0.4 }

export function Canvas({
  onLeave,
  ...selection
}: Selection & {
  /** The empty canvas was pressed. */
  onLeave: () => void
}) {
  const { pipeline } = selection
  const { t } = useTranslation()
  const nodes = flowNodes(pipeline)
  const edges = flowEdges(pipeline)
  // Everything is shown, and stays so when the panel takes room, until the reader moves the canvas.
  const [isFitted, setFitted] = useState(false)
  return (
    <SelectionContext value={selection}>
      {/* Another document is another drawing; what is chosen for its nodes is not. */}
      <ReactFlowProvider key={JSON.stringify([nodes, edges])}>
        <ReactFlow
          aria-label={t('pipelines.canvas.label', { name: pipeline.name })}
          className={styles.canvas}
          defaultNodes={nodes}
          defaultEdges={edges}
          nodeTypes={nodeTypes}
          onInit={(flow) => setFitted(showFirst(flow, pipeline))}
          // Without an event it was the page itself.
          onMove={(event) => event && setFitted(false)}
          onPaneClick={onLeave}
          minZoom={0.25}
          maxZoom={1.75}
          panOnScroll
          zoomOnDoubleClick={false}
          // It shows what the document says. Nodes are buttons of their own.
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
        >
          <Background gap={22} size={1.4} />
          <Zoom onFitted={setFitted} />
          {isFitted && <KeptFitted />}
        </ReactFlow>
      </ReactFlowProvider>
    </SelectionContext>
  )
}

/** Where the document looks, when that shows a data source whole on this screen; otherwise everything. Says whether it is everything. */
function showFirst(flow: ReactFlowInstance, { nodes, viewport }: Pipeline): boolean {
  const positions = new Map(flow.getNodes().map(({ id, position }) => [id, position]))
  const pane = document.querySelector(`.${styles.canvas}`)?.getBoundingClientRect()
  const isSeen = ({ id }: { id: string }) => {
    const at = positions.get(id)
    if (!viewport || !pane || !at) return false
    const { x, y, zoom } = viewport
    const left = at.x * zoom + x
    const top = at.y * zoom + y
    return left >= 0 && top >= 0 && left + NODE.width * zoom <= pane.width && top + NODE.height * zoom <= pane.height
  }
  const isMeant = viewport && nodes.some((node) => node.role === 'data_source' && isSeen(node))
  void (isMeant ? flow.setViewport(viewport) : flow.fitView(fit))
  return !isMeant
}

function KeptFitted() {
  const flow = useReactFlow()
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  const show = useEffectEvent(() => void flow.fitView({ ...fit, duration: glide() }))
  useEffect(() => {
    if (width > 0 && height > 0) show()
  }, [width, height])
  return null
}

function Zoom({ onFitted }: { onFitted: (isFitted: boolean) => void }) {
  const { t } = useTranslation()
  const flow = useReactFlow()
  function zoom(way: 'zoomIn' | 'zoomOut') {
    onFitted(false)
    void flow[way]({ duration: glide() })
  }
  return (
    <Panel position="bottom-left" className={styles.zoom}>
      <IconButton label={t('pipelines.canvas.zoomOut')} size="small" onPress={() => zoom('zoomOut')}>
        <Minus size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label={t('pipelines.canvas.zoomIn')} size="small" onPress={() => zoom('zoomIn')}>
        <Plus size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label={t('pipelines.canvas.fit')} size="small" onPress={() => onFitted(true)}>
        <Maximize size={15} aria-hidden="true" />
      </IconButton>
    </Panel>
  )
}

/** In the order in which they are read: so does Tab go. */
function flowNodes(pipeline: Pipeline): Node[] {
  const positions = positionsOf(pipeline)
  const placed = pipeline.nodes.map((node) => ({ ...node, position: { x: 0, y: 0, ...positions.get(node.id) } }))
  return readingOrder({ nodes: placed, edges: pipeline.edges }).map(({ id, position }) => ({
    id,
    type: 'card',
    position,
    data: {},
    initialWidth: NODE.width,
    initialHeight: NODE.height,
    domAttributes: { 'aria-roledescription': undefined },
  }))
}

function flowEdges({ edges }: Pipeline): Edge[] {
  return edges.map(({ id, source, target }) => ({
    id,
    source,
    target,
    markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: 'var(--line-strong)' },
    // For the eye: the list says where each node goes on to.
    ariaRole: 'presentation',
    ariaLabel: null as unknown as string,
    domAttributes: { 'aria-roledescription': undefined },
  }))
}
