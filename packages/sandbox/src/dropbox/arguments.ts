import { z } from 'zod'

/** The arguments of the routes, as the vendor's `files.stone`, `check.stone` and `common.stone` have them. */

const readPath = z.string().regex(/^(?:(?:\/[\s\S]*|id:.*)|rev:[0-9a-f]{9,}|ns:[0-9]+(?:\/[\s\S]*)?)$/)
const pathOrRoot = z.string().regex(/^(?:(?:\/[\s\S]*)?|id:.*|ns:[0-9]+(?:\/[\s\S]*)?)$/)
const templateFilter = z.strictObject({
  '.tag': z.literal('filter_some'),
  filter_some: z.array(z.string().min(1)).min(1),
})
const off = z.boolean().default(false)
const on = z.boolean().default(true)

export const listFolderArg = z.strictObject({
  path: pathOrRoot,
  recursive: off,
  /** Without effect since 2019. */
  include_media_info: off,
  include_deleted: off,
  include_has_explicit_shared_members: off,
  include_mounted_folders: on,
  limit: z.int().min(1).max(2000).nullish(),
  shared_link: z.strictObject({ url: z.string(), password: z.string().nullish() }).nullish(),
  include_property_groups: templateFilter.nullish(),
  include_non_downloadable_files: on,
  include_restorable_info: off,
})
export type ListFolderArg = z.infer<typeof listFolderArg>

export const continueArg = z.strictObject({ cursor: z.string().min(1) })

export const getMetadataArg = z.strictObject({
  path: readPath,
  include_media_info: off,
  include_deleted: off,
  include_has_explicit_shared_members: off,
  include_property_groups: templateFilter.nullish(),
})

export const downloadArg = z.strictObject({
  path: readPath,
  rev: z
    .string()
    .min(9)
    .regex(/^[0-9a-f]+$/)
    .nullish(),
})

export const exportArg = z.strictObject({ path: readPath, export_format: z.string().nullish() })

export const echoArg = z.strictObject({ query: z.string().max(500).default('') })

/** The header Dropbox-API-Path-Root. */
export const pathRootHeader = z.discriminatedUnion('.tag', [
  z.strictObject({ '.tag': z.literal('home') }),
  z.strictObject({ '.tag': z.literal('root'), root: z.string().regex(/^[-_0-9a-zA-Z:]+$/) }),
  z.strictObject({ '.tag': z.literal('namespace_id'), namespace_id: z.string().regex(/^[-_0-9a-zA-Z:]+$/) }),
])

/** What is wrong with an argument, in the words of the real service as far as they are known. */
export function sentence(error: z.ZodError): string {
  const [issue] = error.issues
  if (!issue) return 'invalid'
  const at = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') return `${at ? `${at}: ` : ''}unknown field '${issue.keys[0]}'`
  if (issue.code === 'invalid_type' && /received undefined$/.test(issue.message) && at)
    return `missing required field '${at}'`
  if (issue.code === 'invalid_format') return `${at}: did not match pattern`
  return `${at ? `${at}: ` : ''}${issue.message}`
}
