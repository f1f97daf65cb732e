/** The configuration file: plugins, and what the operator sets per data source. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { ConfigurationError } from './environment.ts'

const configSchema = z.strictObject({
  $schema: z.string().optional(),
  /** npm names, or paths from this file's folder. */
  plugins: z.array(z.string().min(1)).default([]),
  dataSources: z
    .record(
      z.string(),
      z.strictObject({
        endpoints: z.record(z.string(), z.url()).optional(),
        oauthClient: z.strictObject({ clientId: z.string().min(1), clientSecret: z.string().min(1) }).optional(),
        /** The real provider is used although a sandbox stands in for others. */
        sandbox: z.boolean().optional(),
      }),
    )
    .default({}),
  egress: z.strictObject({ allow: z.array(z.string()).default([]) }).default({ allow: [] }),
})

export interface ConfigFile extends z.infer<typeof configSchema> {
  /** What relative paths and npm names resolve from. */
  readonly folder: string
}

/** @throws ConfigurationError */
export function readConfigFile(path: string | undefined, variables: NodeJS.ProcessEnv): ConfigFile {
  const file = resolve(path ?? 'wellhead.config.json')
  if (path === undefined && !existsSync(file)) return { ...configSchema.parse({}), folder: process.cwd() }
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ConfigurationError(`${file} cannot be read as JSON: ${(error as Error).message}`)
  }
  const parsed = configSchema.safeParse(value)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`)
    throw new ConfigurationError(`${file} is not valid:\n${problems.join('\n')}`)
  }
  for (const [id, source] of Object.entries(parsed.data.dataSources))
    if (source.oauthClient)
      source.oauthClient.clientSecret = fromVariable(source.oauthClient.clientSecret, variables, `dataSources.${id}`)
  return { ...parsed.data, folder: dirname(file) }
}

/** `env:NAME` stands for a variable, so that no secret needs to be in the file. */
function fromVariable(value: string, variables: NodeJS.ProcessEnv, where: string): string {
  if (!value.startsWith('env:')) return value
  const name = value.slice(4)
  const found = variables[name]
  if (!found) throw new ConfigurationError(`${where}.oauthClient.clientSecret names ${name}, which is not set.`)
  return found
}
