import type {
  Pipeline as Body,
  PipelineNode as NodeBody,
  PipelineSummary as SummaryBody,
  PipelineVariable as VariableBody,
} from '@wellhead/client/schema'
import type {
  ParameterValue,
  Pipeline,
  PipelineNode,
  PipelineSummary,
  PipelineVariable,
  VariableReference,
} from '@wellhead/engine'
import { instant } from './instant.ts'

export function pipelineBody(pipeline: Pipeline): Body {
  return {
    ...aboutBody(pipeline),
    nodes: pipeline.nodes.map(nodeBody),
    edges: pipeline.edges.map(({ id, source, target, sourceHandle, targetHandle }) => ({
      id,
      source,
      target,
      source_handle: sourceHandle,
      target_handle: targetHandle,
    })),
    variables: pipeline.variables.map(variableBody),
    viewport: pipeline.viewport && { ...pipeline.viewport },
  }
}

export function pipelineSummaryBody(pipeline: PipelineSummary): SummaryBody {
  return {
    ...aboutBody(pipeline),
    data_source_nodes: pipeline.nodes.map((node) => {
      const { id, title, data_source, data_source_name, authorization, needs_authorization } = nodeBody(node)
      return { id, title, data_source, data_source_name, authorization, needs_authorization }
    }),
  }
}

function aboutBody(pipeline: PipelineSummary) {
  return {
    id: pipeline.id,
    name: pipeline.name,
    description: pipeline.description,
    format: pipeline.format,
    created_by: pipeline.createdBy,
    created_at: instant(pipeline.createdAt),
    updated_at: instant(pipeline.updatedAt),
  }
}

function nodeBody(node: PipelineNode): NodeBody {
  const { authorization } = node
  return {
    id: node.id,
    type: node.type,
    role: node.role,
    title: node.title,
    position: node.position && { ...node.position },
    data_source: node.dataSource,
    data_source_name: node.dataSourceName,
    kind: node.kind,
    parameters: node.parameters.map(({ name, parameter, value }) => ({ name, parameter, value: valueBody(value) })),
    values: { ...node.values },
    variables: [...node.variables],
    authorization,
    needs_authorization: authorization === 'missing' || authorization === 'reauthorize',
    connection: node.connection && { ...node.connection },
    warnings: node.warnings.map((warning) => ({ ...warning })),
  }
}

function valueBody(value: ParameterValue): NodeBody['parameters'][number]['value'] {
  switch (value.kind) {
    case 'text':
      return { kind: 'text', parts: value.parts.map((part) => (typeof part === 'string' ? part : referenceBody(part))) }
    case 'variable':
      return { kind: 'variable', variable: referenceBody(value.variable) }
    case 'constant':
      return { kind: 'constant', value: value.value }
    case 'unset':
      return { kind: 'unset' }
  }
}

const referenceBody = ({ nodeId, name }: VariableReference) => ({ node_id: nodeId, name })

function variableBody(variable: PipelineVariable): VariableBody {
  return {
    ...referenceBody(variable),
    label: variable.label,
    type: variable.type,
    required: variable.required,
    default: variable.default,
    max_length: variable.maxLength,
    options: [...variable.options],
    placeholder: variable.placeholder,
    help: variable.help,
    unit: variable.unit,
  }
}
