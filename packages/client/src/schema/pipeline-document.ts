/**
 * Our own pipeline document, version 1: JSON that says what a pipeline reads, whatever orchestrator runs the rest of it. Fields
 * that are not named here may stand beside the others; they are kept and not looked at.
 */
import { z } from 'zod'
import { object } from './fields.ts'
import { variableTypes } from './words.ts'

const nodeId = z.string().min(1).max(100)
const name = z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'A name has letters, digits and underscores, at most 100.')

/** A constant; text with `{{variable}}` in it; or the value of a variable. */
const parameter = z.union(
  [z.looseObject({ value: z.unknown() }), z.looseObject({ text: z.string() }), z.looseObject({ variable: name })],
  'Give a `value`, a `text` or a `variable`.',
)

const node = z.looseObject({
  id: nodeId,
  /** `data_source` or `local_file`; any other is the orchestrator's. */
  type: z.string().min(1).max(100),
  title: z.string().max(200).exactOptional(),
  position: z.looseObject({ x: z.number(), y: z.number() }).exactOptional(),
  /** Of a `data_source`: its id. */
  data_source: z.string().min(1).max(200).exactOptional(),
  /** Of a `data_source`: by the names of its `parameters_schema`. */
  parameters: z.record(z.string(), parameter).exactOptional(),
  /** Of the other types: theirs. */
  settings: object.exactOptional(),
})

const variable = z.looseObject({
  name,
  /** The node that asks for it. Left out: shared by all. */
  node: nodeId.exactOptional(),
  type: z.enum(variableTypes),
  label: z.string().max(200).exactOptional(),
  required: z.boolean().exactOptional(),
  default: z.unknown().exactOptional(),
  max_length: z.int().min(1).exactOptional(),
  options: z.array(z.string()).max(1_000).exactOptional(),
  placeholder: z.string().max(1_000).exactOptional(),
  help: z.string().max(1_000).exactOptional(),
  unit: z.string().max(100).exactOptional(),
})

export const pipelineDocument = z
  .looseObject({
    format: z.literal('wellhead.pipeline'),
    version: z.literal(1),
    name: z.string().max(200).exactOptional(),
    description: z.string().max(2_000).exactOptional(),
    nodes: z.array(node).min(1).max(500),
    edges: z
      .array(
        z.looseObject({
          id: z.string().min(1).max(200).exactOptional(),
          source: nodeId,
          target: nodeId,
          source_handle: z.string().max(200).exactOptional(),
          target_handle: z.string().max(200).exactOptional(),
        }),
      )
      .max(2_000)
      .exactOptional(),
    variables: z.array(variable).max(500).exactOptional(),
    viewport: z.looseObject({ x: z.number(), y: z.number(), zoom: z.number() }).exactOptional(),
  })
  .meta({ id: 'PipelineDocument' })
export type PipelineDocument = z.input<typeof pipelineDocument>
