/** A node as somebody sees it: its data source, what would be read with which connection, and what may not be meant. */
import type { DataSource } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import type { ConnectionStatus } from '../model.ts'
import type { DocumentNode, NodeAuthorization, PipelineNode, PipelineVariable } from './model.ts'
import { accepts, effectiveParameters, fitted, referencesOf } from './parameters.ts'
import { findSource, parameterOf } from './sources.ts'
import { isSame, variablesOf } from './variables.ts'

/** What was chosen for a node. */
export interface Choice {
  readonly connectionId: string | null
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A connection that the one who looks may use. */
export interface UsableConnection {
  readonly id: string
  readonly dataSource: string
  readonly name: string
  readonly status: ConnectionStatus
  readonly isDefault: boolean
}

export function nodeView(
  registry: Registry,
  node: DocumentNode,
  declared: readonly PipelineVariable[],
  choice: Choice | undefined,
  connections: readonly UsableConnection[],
): PipelineNode {
  const { id, type, role, title, position } = node
  const source = role === 'data_source' ? findSource(registry, node.sourceNames)?.source : undefined
  const values = choice?.parameters ?? {}
  const effective = source ? effectiveParameters(source, node, values) : []
  const asked = variablesOf(id, declared).filter((variable) =>
    effective.some(({ value }) => referencesOf(value).some((reference) => isSame(reference, variable))),
  )
  return {
    id,
    type,
    role,
    title,
    position,
    dataSource: source?.id ?? null,
    dataSourceName: node.sourceNames[0] ?? null,
    kind: source?.kind ?? null,
    parameters: node.parameters.map(({ name, value }) => ({
      name,
      parameter: source ? parameterOf(source, name) : null,
      value,
    })),
    values,
    variables: [...new Set(asked.map(({ name }) => name))],
    ...(source
      ? authorizationOf(
          connections.filter(({ dataSource }) => dataSource === source.id),
          choice,
        )
      : { authorization: null, connection: null }),
    warnings: role === 'data_source' ? warningsOf(node, source, declared, effective) : [],
  }
}

/** As a run takes one: the chosen, else the default, else the only one. */
function authorizationOf(
  usable: readonly UsableConnection[],
  choice: Choice | undefined,
): Pick<PipelineNode, 'authorization' | 'connection'> {
  const chosenId = choice?.connectionId ?? null
  const found =
    chosenId !== null
      ? usable.find(({ id }) => id === chosenId)
      : (usable.find(({ isDefault }) => isDefault) ?? (usable.length === 1 ? usable[0] : undefined))
  if (!found)
    return {
      authorization: chosenId !== null ? 'hidden' : usable.length > 0 ? 'ambiguous' : 'missing',
      connection: null,
    }
  const { id, name, status } = found
  return { authorization: byStatus[status], connection: { id, name, status, chosen: chosenId !== null } }
}

const byStatus: Readonly<Record<ConnectionStatus, NodeAuthorization>> = {
  active: 'ready',
  degraded: 'ready',
  pending: 'pending',
  needs_reauthorization: 'reauthorize',
  invalid: 'reauthorize',
  deleting: 'missing',
}

function warningsOf(
  node: DocumentNode,
  source: DataSource | undefined,
  declared: readonly PipelineVariable[],
  effective: ReturnType<typeof effectiveParameters>,
): PipelineNode['warnings'] {
  if (!source)
    return [
      {
        code: 'source_not_installed',
        message: `The data source ${node.sourceNames[0]} is not installed any more.`,
      },
    ]
  const known = variablesOf(node.id, declared)
  return [
    ...(node.declaredKind !== null && node.declaredKind !== source.kind
      ? [
          {
            code: 'kind_differs' as const,
            message: `The document takes it for ${node.declaredKind}; ${source.name} is ${source.kind}.`,
          },
        ]
      : []),
    ...node.parameters
      .filter(({ name, value }) => value.kind !== 'unset' && parameterOf(source, name) === null)
      .map(({ name }) => ({
        code: 'unknown_parameter' as const,
        message: `${source.name} has no parameter ${name}; it is left out.`,
      })),
    ...effective.flatMap(({ name, parameter, value }) => [
      ...referencesOf(value)
        .filter((reference) => !known.some((variable) => isSame(variable, reference)))
        .map((reference) => ({
          code: 'unknown_variable' as const,
          message: `${name} is filled from the variable ${reference.name}, which this node does not have.`,
        })),
      ...(value.kind === 'constant' &&
      value.value !== '' &&
      !accepts(source, parameter, fitted(source, parameter, value.value))
        ? [{ code: 'invalid_value' as const, message: `${source.name} does not take this value of ${name}.` }]
        : []),
    ]),
  ]
}
