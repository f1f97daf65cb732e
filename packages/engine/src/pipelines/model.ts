/**
 * The words of pipelines.
 *
 * - *document*: what was imported, in our own format or Dify's; kept as it is. What was read of it is its *model*.
 * - *node*: a step of a pipeline. Wellhead runs the data-source nodes; the rest is the orchestrator's.
 * - *variable*: what a person is asked for before a run; a node's own, or shared by all.
 * - *parameter*: what the document gives a data source: a constant, text with variables in it, or a variable's value.
 * - *choice*: a connection and constants that members set for a node, beside the document.
 */
import type { DataSourceKind } from '@wellhead/datasource-node'
import type { ConnectionStatus } from '../model.ts'

export const pipelineFormats = ['wellhead', 'dify'] as const
export type PipelineFormat = (typeof pipelineFormats)[number]

export const nodeRoles = ['data_source', 'local_file', 'orchestrator'] as const
export type NodeRole = (typeof nodeRoles)[number]

export const variableTypes = ['text', 'paragraph', 'number', 'checkbox', 'select', 'file', 'file_list'] as const
export type VariableType = (typeof variableTypes)[number]

/** A variable of a node, or a shared one when `nodeId` is `null`. */
export interface VariableReference {
  readonly nodeId: string | null
  readonly name: string
}

export interface PipelineVariable extends VariableReference {
  readonly label: string
  readonly type: VariableType
  readonly required: boolean
  /** `null` when there is none. */
  readonly default: unknown
  /** Most characters of a text; most files of a list. */
  readonly maxLength: number | null
  readonly options: readonly string[]
  readonly placeholder: string | null
  readonly help: string | null
  readonly unit: string | null
}

export type ParameterValue =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'text'; readonly parts: readonly (string | VariableReference)[] }
  | { readonly kind: 'variable'; readonly variable: VariableReference }
  | { readonly kind: 'unset' }

/** A node as its document has it. */
export interface DocumentNode {
  readonly id: string
  readonly type: string
  readonly role: NodeRole
  readonly title: string
  readonly position: { readonly x: number; readonly y: number } | null
  /** What the document calls the data source, in the order in which it is looked for. */
  readonly sourceNames: readonly string[]
  /** The kind that the document says it is of, where it does. */
  readonly declaredKind: DataSourceKind | null
  readonly parameters: readonly { readonly name: string; readonly value: ParameterValue }[]
}

export interface PipelineEdge {
  readonly id: string
  readonly source: string
  readonly target: string
  readonly sourceHandle: string | null
  readonly targetHandle: string | null
}

/** What was read of a document. */
export interface DocumentModel {
  readonly name: string
  readonly description: string
  readonly nodes: readonly DocumentNode[]
  readonly edges: readonly PipelineEdge[]
  readonly variables: readonly PipelineVariable[]
  readonly viewport: { readonly x: number; readonly y: number; readonly zoom: number } | null
}

/**
 * How a run of a node by somebody would be authorized.
 *
 * - `ready`, `pending`, `reauthorize`: by a connection that is usable, is being proven, or needs a member first.
 * - `missing`: he has no connection. `ambiguous`: several, and none is the default.
 * - `hidden`: one was chosen that he may not use.
 */
export const nodeAuthorizations = ['ready', 'pending', 'missing', 'ambiguous', 'reauthorize', 'hidden'] as const
export type NodeAuthorization = (typeof nodeAuthorizations)[number]

export const nodeWarnings = [
  'source_not_installed',
  'kind_differs',
  'unknown_parameter',
  'unknown_variable',
  'invalid_value',
] as const
export type NodeWarning = (typeof nodeWarnings)[number]

/** A node as somebody sees it: with its data source, and the connection that a run of his would use. */
export interface PipelineNode extends Omit<DocumentNode, 'sourceNames' | 'declaredKind' | 'parameters'> {
  readonly dataSource: string | null
  readonly dataSourceName: string | null
  readonly kind: DataSourceKind | null
  /** `parameter`: the data source's own name for it, where it has one. */
  readonly parameters: readonly {
    readonly name: string
    readonly parameter: string | null
    readonly value: ParameterValue
  }[]
  /** The constants that were chosen. */
  readonly values: Readonly<Record<string, unknown>>
  /** Names of the variables that a run asks for. */
  readonly variables: readonly string[]
  readonly authorization: NodeAuthorization | null
  readonly connection: {
    readonly id: string
    readonly name: string
    readonly status: ConnectionStatus
    readonly chosen: boolean
  } | null
  readonly warnings: readonly { readonly code: NodeWarning; readonly message: string }[]
}

/** In a list, `nodes` are those that Wellhead runs. */
export interface PipelineSummary {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly description: string
  readonly format: PipelineFormat
  readonly nodes: readonly PipelineNode[]
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Pipeline extends PipelineSummary {
  readonly edges: readonly PipelineEdge[]
  readonly variables: readonly PipelineVariable[]
  readonly viewport: DocumentModel['viewport']
}

/** A document as it was imported. */
export interface PipelineText {
  readonly text: string
  readonly mediaType: 'application/json' | 'application/yaml'
  readonly name: string
}

export interface PipelinePatch {
  name?: string
  nodes?: readonly {
    readonly id: string
    /** `null`: none chosen. Left out: as it is. */
    readonly connectionId?: string | null
    /** In the place of those chosen before. Left out: as they are. */
    readonly parameters?: Readonly<Record<string, unknown>>
  }[]
}

/** A node that a connection was chosen for. */
export interface PipelineUse {
  readonly pipelineId: string
  readonly pipelineName: string
  readonly nodeId: string
  readonly nodeTitle: string
}
