import { z } from 'zod'
import { id, instant, label, object, pageOf, pageQuery } from './fields.ts'
import {
  connectionStatuses,
  dataSourceKinds,
  nodeAuthorizations,
  nodeRoles,
  nodeWarnings,
  pipelineFormats,
  variableTypes,
} from './words.ts'

/** A variable of the document: of one node, or shared when `node_id` is `null`. */
const variableReference = z.object({ node_id: z.string().nullable(), name: z.string() })

/** Something that a person is asked for before a run. */
export const pipelineVariable = variableReference
  .extend({
    label: z.string(),
    type: z.enum(variableTypes),
    required: z.boolean(),
    /** `null` when there is none. */
    default: z.unknown(),
    /** Most characters of a text; most files of a list. */
    max_length: z.number().int().nullable(),
    /** What a `select` chooses from. */
    options: z.array(z.string()),
    placeholder: z.string().nullable(),
    help: z.string().nullable(),
    unit: z.string().nullable(),
  })
  .meta({ id: 'PipelineVariable' })
export type PipelineVariable = z.infer<typeof pipelineVariable>

const parameterValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('constant'), value: z.unknown() }),
  /** Text with variables in it, in order. */
  z.object({ kind: z.literal('text'), parts: z.array(z.union([z.string(), variableReference])) }),
  z.object({ kind: z.literal('variable'), variable: variableReference }),
  z.object({ kind: z.literal('unset') }),
])

const nodeParameter = z.object({
  /** As the document calls it. */
  name: z.string(),
  /** The data source's own name for it, as in its `parameters_schema`; `null` when it has none. */
  parameter: z.string().nullable(),
  value: parameterValue,
})

export const pipelineNode = z
  .object({
    id: z.string(),
    /** As the document says, such as `datasource` or `knowledge-index`. */
    type: z.string(),
    /** `data_source`: Wellhead runs it. `local_file`: files that a person gives to the orchestrator. `orchestrator`: any other. */
    role: z.enum(nodeRoles),
    title: z.string(),
    position: z.object({ x: z.number(), y: z.number() }).nullable(),
    /** The id of the data source; `null` for other roles, and when it is not installed any more. */
    data_source: z.string().nullable(),
    /** What the document calls the data source; `null` for other roles. */
    data_source_name: z.string().nullable(),
    kind: z.enum(dataSourceKinds).nullable(),
    /** What the document gives the data source. */
    parameters: z.array(nodeParameter),
    /** Constants that were set here, by the data source's names: they go before the document's. */
    values: object,
    /** Names of the variables that a run of it asks for. */
    variables: z.array(z.string()),
    /**
     * How a run of it by the caller would be authorized; `null` where `data_source` is. `ready`: by `connection`. `pending`: `connection` is
     * being proven. `missing`: the caller has no connection. `ambiguous`: several and no default. `reauthorize`: `connection` must be
     * authorized again, or given a new key. `hidden`: one was chosen that the caller may not use.
     */
    authorization: z.enum(nodeAuthorizations).nullable(),
    /** Whether somebody has to connect, or authorize again: `missing` or `reauthorize`. */
    needs_authorization: z.boolean(),
    /** What a run would use. */
    connection: z
      .object({
        id: z.string(),
        name: z.string(),
        status: z.enum(connectionStatuses),
        /** Chosen for this node; otherwise the default, or the only one. */
        chosen: z.boolean(),
      })
      .nullable(),
    /** What does not keep the pipeline from being used, but may not be meant. */
    warnings: z.array(z.object({ code: z.enum(nodeWarnings), message: z.string() })),
  })
  .meta({ id: 'PipelineNode' })
export type PipelineNode = z.infer<typeof pipelineNode>

export const pipelineEdge = z.object({
  /** Unique in its pipeline. */
  id: z.string(),
  source: z.string(),
  target: z.string(),
  source_handle: z.string().nullable(),
  target_handle: z.string().nullable(),
})

const summary = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  format: z.enum(pipelineFormats),
  created_by: z.string(),
  created_at: instant,
  updated_at: instant,
})

/** A pipeline in a list: of its nodes those that Wellhead runs. */
export const pipelineSummary = summary
  .extend({
    data_source_nodes: z.array(
      pipelineNode.pick({
        id: true,
        title: true,
        data_source: true,
        data_source_name: true,
        authorization: true,
        needs_authorization: true,
      }),
    ),
  })
  .meta({ id: 'PipelineSummary' })
export type PipelineSummary = z.infer<typeof pipelineSummary>

export const pipeline = summary
  .extend({
    nodes: z.array(pipelineNode),
    edges: z.array(pipelineEdge),
    variables: z.array(pipelineVariable),
    viewport: z.object({ x: z.number(), y: z.number(), zoom: z.number() }).nullable(),
  })
  .meta({ id: 'Pipeline' })
export type Pipeline = z.infer<typeof pipeline>

export const pipelinePage = pageOf(pipelineSummary)

export const pipelineQuery = z.strictObject(pageQuery)

/**
 * A pipeline document, of at most 512 KiB. As text (JSON or YAML) it is kept to the byte; as an object it is a `PipelineDocument`, which is
 * written out again as JSON of the same content.
 */
const givenDocument = z.union([z.string().min(1, 'Give a document.'), object])

export const createPipeline = z
  .strictObject({
    /** Default: the document's own. */
    name: label.exactOptional(),
    document: givenDocument,
  })
  .meta({ id: 'CreatePipeline' })
export type CreatePipeline = z.infer<typeof createPipeline>

export const replacePipelineDocument = z
  .strictObject({ document: givenDocument })
  .meta({ id: 'ReplacePipelineDocument' })
export type ReplacePipelineDocument = z.infer<typeof replacePipelineDocument>

export const updatePipeline = z
  .strictObject({
    name: label.exactOptional(),
    /** What is chosen for nodes; the others stay as they are. It is kept beside the document, which does not change. */
    nodes: z
      .array(
        z.strictObject({
          id,
          /** `null`: none chosen. */
          connection_id: id.nullable().exactOptional(),
          /** Constants by the data source's names, in the place of those set before. `{}`: none. */
          parameters: object.exactOptional(),
        }),
      )
      .min(1)
      .max(500)
      .refine((nodes) => new Set(nodes.map((node) => node.id)).size === nodes.length, 'Name each node once.')
      .exactOptional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'Nothing to change was given.')
  .meta({ id: 'UpdatePipeline' })
export type UpdatePipeline = z.infer<typeof updatePipeline>
