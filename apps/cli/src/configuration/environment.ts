/** What is set per deployment. Every variable that Wellhead reads is here. */
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const url = (schemes: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), {
    message: `must begin with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  })

const environmentSchema = z.object({
  /** PostgreSQL, possibly through a pooler. */
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  /** Past the pooler, for migrations and LISTEN. */
  DATABASE_DIRECT_URL: url(['postgres:', 'postgresql:']).optional(),
  /** `redis://…`, or `postgres://…` for BullMQ on PostgreSQL. Default: `DATABASE_URL`. */
  QUEUE_URL: url(['redis:', 'rediss:', 'postgres:', 'postgresql:']).optional(),
  /** What the queue's Redis keys begin with, where several installations share a Redis. Default `wellhead`. */
  WELLHEAD_QUEUE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional(),
  /** Where members' browsers reach the API: absolute, as registered at the providers. */
  WELLHEAD_PUBLIC_URL: url(['http:', 'https:']).optional(),
  WELLHEAD_PORT: port.optional(),
  WELLHEAD_HOST: z.string().optional(),
  /** `id:base64,…`: 32 bytes each; the first one seals. */
  WELLHEAD_ENCRYPTION_KEYS: z.string().min(1).optional(),
  /** Default `wellhead.config.json` in the working directory, if there is one. */
  WELLHEAD_CONFIG: z.string().min(1).optional(),
  /** A folder that every process shares, for content too large for a row. Default `.wellhead/blobs`. */
  WELLHEAD_BLOB_DIR: z.string().min(1).optional(),
  WELLHEAD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
  /** Requests per minute of one token or session. */
  WELLHEAD_RATE_LIMIT: z.coerce.number().int().positive().optional(),
  /** Trust `X-Forwarded-*` of a reverse proxy in front. */
  WELLHEAD_TRUST_PROXY: z.stringbool().optional(),
  /** Where a worker serves its counts. Default: nowhere. */
  WELLHEAD_METRICS_PORT: port.optional(),
  /** The address that they are served on. Default 127.0.0.1. */
  WELLHEAD_METRICS_HOST: z.string().optional(),
  /** The engine's time limits as JSON, for tests and chaos runs. */
  WELLHEAD_TIMINGS: z.string().optional(),
  /** For the commands that are clients of a running Wellhead. */
  WELLHEAD_URL: url(['http:', 'https:']).optional(),
  WELLHEAD_TOKEN: z.string().optional(),
  /** As the usual HTTP clients read them. */
  HTTPS_PROXY: z.string().optional(),
  NO_PROXY: z.string().optional(),
  /** A PEM file with further certificate authorities. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  /** OpenTelemetry's own, read by its SDK: see telemetry.ts. One of the two endpoints turns traces on. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:']).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(['http:', 'https:']).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_TRACES_SAMPLER: z.string().optional(),
  OTEL_TRACES_SAMPLER_ARG: z.string().optional(),
  OTEL_SDK_DISABLED: z.stringbool().optional(),
})

export type Environment = z.infer<typeof environmentSchema>

export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigurationError'
  }
}

/** @throws ConfigurationError naming the variable, never its value */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environmentSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  throw new ConfigurationError(problems.join('\n'))
}

export function required<Name extends keyof Environment>(
  environment: Environment,
  name: Name,
): NonNullable<Environment[Name]> {
  const value = environment[name]
  if (value === undefined) throw new ConfigurationError(`${name} is not set.`)
  return value as NonNullable<Environment[Name]>
}
