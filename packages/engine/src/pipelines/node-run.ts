import type { DataSourceKind } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { Operation } from '../model.ts'
import { parameterNames, requireOperation } from '../runs/operations.ts'
import { nodeOf, sourceOf } from './choices.ts'
import type { DocumentModel } from './model.ts'
import type { Choice } from './node-view.ts'
import { fillParameters } from './parameters.ts'

/** A run of a node, as it is asked for. */
export interface NodeRunInput {
  readonly pipelineId: string
  readonly nodeId: string
  /** Default: the chosen one, else as for any run. */
  readonly connectionId?: string
  /** Default: what a pipeline of this kind begins with. */
  readonly operation?: Operation
  /** By the data source's names; they go before all that the node has. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** What a person was asked for. */
  readonly variables?: Readonly<Record<string, unknown>>
}

/** The same as a run of the data source. */
export interface NodeRun {
  readonly dataSource: string
  readonly operation: Operation
  readonly connectionId?: string
  readonly parameters: Record<string, unknown>
}

const firstOperation: Readonly<Record<DataSourceKind, Operation>> = {
  online_document: 'list_pages',
  online_drive: 'list_folder',
  website_crawl: 'crawl',
}

/** @throws EngineError `node_not_found`, `node_not_runnable`, `unknown_data_source`, `operation_not_supported`, `invalid_variables`, `invalid_parameters` */
export function nodeRunOf(
  registry: Registry,
  model: DocumentModel,
  choice: Choice | undefined,
  input: NodeRunInput,
): NodeRun {
  const node = nodeOf(model, input.nodeId)
  const source = sourceOf(registry, node)
  const operation = input.operation ?? firstOperation[source.kind]
  requireOperation(source, operation)
  const connectionId = input.connectionId ?? choice?.connectionId ?? undefined
  return {
    dataSource: source.id,
    operation,
    ...(connectionId === undefined ? {} : { connectionId }),
    parameters: fillParameters(source, node, {
      accepted: parameterNames(source, operation),
      chosen: choice?.parameters ?? {},
      named: input.parameters ?? {},
      declared: model.variables,
      variables: input.variables ?? {},
    }),
  }
}
