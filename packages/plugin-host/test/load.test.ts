import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type LoadOptions, loadDataSources, PluginLoadError } from '../src/index.ts'
import { sampleSource } from './sample-source.ts'

const baseDir = realpathSync(mkdtempSync(join(tmpdir(), 'wellhead-plugins-')))
afterAll(() => rmSync(baseDir, { recursive: true }))

// A copy of zod that is not this package's: what a plugin brings along.
const zodDir = dirname(createRequire(import.meta.url).resolve('zod/package.json'))
cpSync(zodDir, join(baseDir, 'node_modules/zod'), {
  recursive: true,
  dereference: true,
  filter: (path) => !/\/src$|\/src\/|\.d\.c?ts$|\.cjs$/.test(path.slice(zodDir.length)),
})

function write(path: string, content: string): string {
  const file = join(baseDir, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

/** A plugin's source text, complete but for `changes`. It imports nothing of this repository. */
const plugin = (id: string, changes = '') => `
import { z } from 'zod'
const unused = () => { throw new Error('not called by loading') }
const source = {
  specVersion: 1, id: ${JSON.stringify(id)}, name: 'Acme', description: 'Acme.', icon: '<svg/>', documentationUrl: 'https://acme.example.com/',
  endpoints: { api: 'https://api.acme.example.com' },
  auth: [{ method: 'api_key', label: 'Key', help: 'Make one.', keyUrl: 'https://acme.example.com/keys', placeholder: '', placement: { header: 'authorization', scheme: 'Bearer' } }],
  parameters: z.object({ depth: z.number() }), kind: 'website_crawl', identify: unused, toError: unused, crawl: unused,
  ${changes}
}
`
const oauth = (
  changes = '',
) => `{ method: 'oauth2', scopes: [], scopeDelimiter: ' ', consent: 'Reads.', registrationUrl: 'https://acme.example.com/',
  clientAuth: 'basic', tokenRequestFormat: 'form', tokenRequestHeaders: {}, authorizeParams: {}, pkce: true, rotation: 'keeps', replay: { kind: 'safe' },
  placement: { header: 'authorization', scheme: 'Bearer' }, tokenErrors: {}, notProcessedStatuses: [503], isGranted: unused,
  isUnauthorized: unused, ${changes} }`

const load = (options: Partial<LoadOptions>) => loadDataSources({ builtin: {}, plugins: [], baseDir, ...options })
const builtin = { sample: async () => ({ default: sampleSource }) }

async function failure(options: Partial<LoadOptions>): Promise<PluginLoadError> {
  const error = await load(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(PluginLoadError)
  return error as PluginLoadError
}

describe('loads', () => {
  test('builtin sources, packages and paths, in that order', async () => {
    write(
      'node_modules/@acme/datasource-one/package.json',
      '{"name":"@acme/datasource-one","type":"module","exports":{".":{"import":{"types":"./no.d.ts","default":"./dist/main.js"}}}}',
    )
    write('node_modules/@acme/datasource-one/dist/main.js', `${plugin('one')} export default source`)
    write('node_modules/two/package.json', '{"name":"two","type":"module","main":"lib"}')
    write('node_modules/two/lib/index.js', `${plugin('two')} export const helper = 1; export { source }`)
    write('node_modules/four/package.json', '{"name":"four","type":"module","exports":{"./source":["./four.js"]}}')
    write('node_modules/four/four.js', `${plugin('four')} export default source`)
    write('three.ts', `${plugin('three')} const typed: object = source; export default typed`)
    write('folder/package.json', '{"type":"module","main":"./five.js"}')
    write('folder/five.js', `${plugin('five')} export default source`)
    const six = write('six.mjs', `${plugin('six')} export default source; export const again = source`)
    const plugins = ['@acme/datasource-one', 'two', './three.ts', 'four/source', './folder', six]
    const registry = await load({ builtin, plugins })
    expect(registry.all().map(({ source, from }) => [source.id, from])).toEqual([
      ['sample', 'builtin'],
      ['one', '@acme/datasource-one'],
      ['two', 'two'],
      ['three', './three.ts'],
      ['four', 'four/source'],
      ['five', './folder'],
      ['six', six],
    ])
    expect(registry.get('one')).toMatchObject({ sandbox: false, endpoints: { api: 'https://api.acme.example.com' } })
    expect(registry.get('none')).toBeUndefined()
  })

  test('a package that a folder above has installed', async () => {
    write('node_modules/above/package.json', '{"name":"above","type":"module","exports":"./index.js"}')
    write('node_modules/above/index.js', `${plugin('above')} export default source`)
    const below = dirname(write('deep/er/file', ''))
    expect((await load({ plugins: ['above'], baseDir: below })).get('above')).toBeDefined()
  })

  test('a CommonJS module compiled from ESM', async () => {
    write(
      'old.cjs',
      `exports.__esModule = true; ${plugin('old').replace("import { z } from 'zod'", 'const z = { object: () => ({ safeParse() {}, _zod: { def: { type: "object" } } }), number() {} }')} exports.default = source`,
    )
    expect((await load({ plugins: ['./old.cjs'] })).get('old')).toBeDefined()
  })

  test('oauth2 sources', async () => {
    const endpoints = `endpoints: { api: 'https://a.example.com', authorize: 'https://a.example.com/a', token: 'https://a.example.com/t', revoke: undefined },`
    write('oauth.mjs', `${plugin('oauth', `${endpoints} auth: [${oauth()}]`)} export default source`)
    expect((await load({ plugins: ['./oauth.mjs'] })).get('oauth')).toBeDefined()
  })

  test('with endpoints replaced by configuration', async () => {
    const overrides = { sample: { endpoints: { token: 'http://127.0.0.1:9/token' }, sandbox: true } }
    const one = (await load({ builtin, overrides })).get('sample')
    expect(one?.endpoints).toEqual({ ...sampleSource.endpoints, token: 'http://127.0.0.1:9/token' })
    expect(one?.sandbox).toBe(true)
    expect(sampleSource.endpoints.token).toBe('https://example.com/token')
  })
})

describe('refuses', () => {
  test.each(['missing', '@acme/missing', './missing.js', '/missing/plugin.js', '', '@acme', '.hidden'])(
    'what is not there: %j',
    async (specifier) => {
      expect(await failure({ plugins: [specifier] })).toMatchObject({ code: 'plugin_not_found', specifier })
    },
  )

  test('a package that was not built, or does not export what is asked for', async () => {
    write(
      'node_modules/unbuilt/package.json',
      '{"name":"unbuilt","type":"module","exports":{".":{"import":"./dist/main.js"}}}',
    )
    const unbuilt = await failure({ plugins: ['unbuilt'] })
    expect(unbuilt.code).toBe('plugin_not_found')
    expect(unbuilt.message).toContain(join('unbuilt', 'dist', 'main.js'))
    expect((await failure({ plugins: ['unbuilt/inner'] })).code).toBe('plugin_not_found')
  })

  test('a module that throws, naming the file and why', async () => {
    const file = write('throws.mjs', `throw new Error('no licence')`)
    const error = await failure({ plugins: ['./throws.mjs'] })
    expect(error).toMatchObject({ code: 'plugin_load_failed', specifier: './throws.mjs', file })
    expect(error.message).toContain(file)
    expect(error.message).toContain('no licence')
  })

  test('a module that cannot be parsed, and a builtin that cannot be imported', async () => {
    write('broken.mjs', 'export default {')
    expect((await failure({ plugins: ['./broken.mjs'] })).code).toBe('plugin_load_failed')
    const error = await failure({ builtin: { gone: () => Promise.reject(new Error('not built')) } })
    expect(error).toMatchObject({ code: 'plugin_load_failed', specifier: 'gone' })
  })

  test('another version of the contract, naming both numbers', async () => {
    // Its form is another one altogether, which must not hide the reason.
    const file = write('future.mjs', `export default { specVersion: 7, id: 'future' }`)
    const error = await failure({ plugins: ['./future.mjs'] })
    expect(error).toMatchObject({ code: 'plugin_spec_version', file })
    expect(error.message).toMatch(/version 7 .*version 1/)
  })

  test('no data source, or several', async () => {
    write('none.mjs', 'export const x = 1; export default function () {}')
    expect((await failure({ plugins: ['./none.mjs'] })).message).toContain('exports no data source')
    write('several.mjs', `${plugin('a')} export const first = source; export const second = { ...source, id: 'b' }`)
    const error = await failure({ plugins: ['./several.mjs'] })
    expect(error.code).toBe('plugin_invalid')
    expect(error.message).toContain('first, second')
  })

  const endpoints = "endpoints: { api: 'https://a.example.com' },"
  test.each([
    ['an id with capitals', "id: 'Acme'", 'id: '],
    ['an id with an underscore', "id: 'ac_me'", 'id: '],
    ['another kind', "kind: 'mail'", 'kind: '],
    ['a method of its kind that is missing', 'crawl: undefined', 'crawl: must be a function'],
    ['methods of another kind alone', "kind: 'online_drive'", 'listFolder: must be a function'],
    ['no identify', 'identify: 1', 'identify: must be a function'],
    ['a pace that is no function', 'pace: { perSecond: 3 }', 'pace: must be a function'],
    ['a relative endpoint', "endpoints: { api: '/v1' }", 'endpoints.api: must be an absolute'],
    ['an endpoint with a password', "endpoints: { api: 'https://u:p@a.example.com' }", 'endpoints.api: '],
    [
      'another endpoint that is no URL',
      "endpoints: { api: 'https://a.example.com', token: 'ftp://x' }",
      'endpoints.token: ',
    ],
    ['no api endpoint', 'endpoints: {}', 'endpoints.api: '],
    ['no way to authenticate', 'auth: []', 'auth: '],
    ['an unknown way to authenticate', "auth: [{ method: 'magic' }]", 'auth.0'],
    [
      'a placement that is no header',
      'auth: [{ ...{}, method: "api_key", label: "K", help: "h", keyUrl: "https://x.example.com", placeholder: "", placement: { header: "a b", scheme: "" } }]',
      'auth.0.placement.header: ',
    ],
    ['oauth2 without its endpoints', `${endpoints} auth: [${oauth()}]`, 'endpoints.token: is needed'],
    ['a grace without its seconds', `auth: [${oauth("replay: { kind: 'grace' }")}]`, 'auth.0.replay.graceSeconds: '],
    ['parameters that are no object schema', 'parameters: z.string()', 'parameters: must be a z.object'],
    ['settings that are no schema', 'settings: {}', 'settings: must be a z.object'],
    [
      'an alias of a parameter that it does not have',
      "parameterAliases: { address: 'url' }",
      'parameterAliases.address: there is no',
    ],
    ['an icon that is a link', "icon: 'https://acme.example.com/i.svg'", 'icon: '],
  ])('%s', async (name, changes, message) => {
    const path = `./invalid-${name.replaceAll(' ', '-')}.mjs`
    const file = write(path, `${plugin('acme', changes)} export default source`)
    const error = await failure({ plugins: [path] })
    expect(error).toMatchObject({ code: 'plugin_invalid', specifier: path, file })
    expect(error.message).toContain(message)
  })

  test('an id that is taken', async () => {
    const file = write('same.mjs', `${plugin('sample')} export default source`)
    const error = await failure({ builtin, plugins: ['./same.mjs'] })
    expect(error).toMatchObject({ code: 'plugin_duplicate_id', specifier: './same.mjs', file })
    write('again.mjs', `${plugin('sample')} export default source`)
    const other = await failure({ plugins: ['./same.mjs', './again.mjs'] })
    expect(other).toMatchObject({ code: 'plugin_duplicate_id', specifier: './again.mjs' })
    expect(other.message).toContain('./same.mjs')
  })

  test('a builtin source under another id', async () => {
    expect((await failure({ builtin: { other: builtin.sample } })).code).toBe('plugin_invalid')
  })

  test('overrides of what does not exist', async () => {
    const unknown = await failure({ builtin, overrides: { 'google-drvie': {} } })
    expect(unknown).toMatchObject({ code: 'plugin_unknown_override', specifier: 'google-drvie' })
    const overrides = { sample: { endpoints: { tokn: 'https://x.example.com' } } }
    const endpoint = await failure({ builtin, overrides })
    expect(endpoint).toMatchObject({ code: 'plugin_unknown_override', specifier: 'sample' })
    expect(endpoint.message).toContain('"tokn"')
    const relative = await failure({ builtin, overrides: { sample: { endpoints: { token: '/token' } } } })
    expect(relative.code).toBe('plugin_invalid')
  })
})
