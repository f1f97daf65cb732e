import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { connect, content, redirectUri, rpc, stone, stoneCheck } from './api.ts'
import { hasStone } from './stone.ts'

let sandbox: Sandbox
let ada: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['dropbox'], redirectUris: [redirectUri] })
  ada = (await connect(sandbox)).access_token
})
afterAll(() => sandbox?.close())

const served = [
  'auth/token/revoke',
  'check/user',
  'files/download',
  'files/export',
  'files/get_metadata',
  'files/list_folder',
  'files/list_folder/continue',
  'files/list_folder/get_latest_cursor',
  'users/get_current_account',
]
const ask = (name: string, argument: unknown, wrong = false) =>
  (name === 'files/download' || name === 'files/export' ? content : rpc)(sandbox, ada, name, argument, { wrong })

if (!hasStone)
  it("cannot compare anything: the vendor's files are not in ../shared/specs (or WELLHEAD_SPECS)", () => {})

describe.runIf(hasStone)("the vendor's files", () => {
  it('have every route that is served, on its host', () => {
    for (const name of served) {
      const { host } = stone!.routes.get(name)?.attributes ?? expect.fail(`There is no ${name}`)
      expect(host === 'content', name).toBe(name === 'files/download' || name === 'files/export')
    }
  })

  it('are read: structs that extend others, unions in unions, times, patterns', () => {
    const check = (name: string, value: unknown) => stoneCheck!.faultsOf({ name, nullable: false, options: {} }, value)
    const deleted = { '.tag': 'deleted', name: 'a', path_lower: '/a' }
    expect(check('files.Metadata', deleted)).toEqual([])
    expect(check('files.Metadata', { name: 'a', '.tag': 'deleted' })).toEqual([
      'it does not begin with a .tag of files.Metadata',
    ])
    expect(check('files.Metadata', { ...deleted, id: 'id:1' })).toEqual(['it has id, which is unknown'])
    expect(check('files.Metadata', { '.tag': 'folder', name: 'a' })).toEqual(['it lacks id'])
    expect(check('common.DropboxTimestamp', '2026-01-02T03:04:05Z')).toEqual([])
    expect(check('common.DropboxTimestamp', '2026-01-02T03:04:05.678Z')).toHaveLength(1)
    expect(check('files.Rev', 'a1c10ce0dd78')).toEqual([])
    expect(check('files.Rev', 'a1c')).toHaveLength(1)
    expect(check('files.ListFolderArg', { path: '', limit: 2001 })).toHaveLength(1)
    expect(check('files.ListFolderError', { '.tag': 'path', path: { '.tag': 'malformed_path' } })).toEqual([])
    expect(check('files.ListFolderError', { '.tag': 'path', path: { '.tag': 'elsewhere' } })).toHaveLength(1)
    expect(check('auth.AuthError', { '.tag': 'missing_scope', required_scope: 'x' })).toEqual([])
    expect(check('auth.AuthError', { '.tag': 'missing_scope' })).toHaveLength(1)
  })

  it('need the scopes that the sandbox needs', async () => {
    for (const name of served) {
      const { scope } = stone!.routes.get(name)!.attributes
      const others = ['account_info.read', 'files.metadata.read', 'files.content.read'].filter((one) => one !== scope)
      const { access_token } = await connect(sandbox, { scope: others.join(' ') })
      const argument = name.startsWith('files') ? { path: '/x' } : name === 'check/user' ? {} : null
      const call = name === 'files/download' || name === 'files/export' ? content : rpc
      const { status, body } = await call(sandbox, access_token, name, argument, { wrong: true })
      if (scope === undefined) expect(status, name).toBe(200)
      else expect(body.error, name).toEqual({ '.tag': 'missing_scope', required_scope: scope })
    }
  })

  it('have examples of arguments that the sandbox takes', async () => {
    let taken = 0
    for (const name of served) {
      const definition = stone!.definitions.get(stone!.routes.get(name)!.argument.name)
      for (const example of definition?.examples ?? []) {
        const { status, text } = await ask(name, example)
        // The cursor of the example is one of the vendor's own.
        if (status === 400) expect(text).toContain('Invalid "cursor" parameter')
        taken++
      }
    }
    expect(taken).toBeGreaterThanOrEqual(9)
  })

  it('know the fields of arguments that the sandbox knows, each by its type, and no other', async () => {
    const values: Record<string, [unknown, unknown]> = {
      Boolean: [true, 'yes'],
      UInt32: [5, 0.5],
      'files.Rev': ['a1c10ce0dd78', 'a1'],
      String: ['markdown', 7],
    }
    for (const name of served) {
      const definition = stone!.definitions.get(stone!.routes.get(name)!.argument.name)
      const required = Object.fromEntries(
        (definition?.fields ?? [])
          .filter(({ name: field }) => field === 'path')
          .map(({ name: field }) => [field, '/x']),
      )
      for (const field of definition?.fields ?? []) {
        const [good, bad] = values[field.type.name] ?? []
        if (good === undefined) continue
        const { status, text } = await ask(name, { ...required, [field.name]: good })
        expect(status, `${name} ${field.name} ${text}`).not.toBe(400)
        expect((await ask(name, { ...required, [field.name]: bad }, true)).status, `${name} ${field.name}`).toBe(400)
      }
      if (definition) expect((await ask(name, { ...required, no_such_field: 1 }, true)).status, name).toBe(400)
    }
  })

  it('have the same paths for paths as the sandbox', async () => {
    const paths = [
      '',
      '/',
      '/a',
      '/a\nb',
      'a',
      'id:x',
      'id:',
      'ns:1',
      'ns:1/a',
      'ns:x',
      'rev:a1c10ce0dd78',
      'rev:A1',
      ' /a',
    ]
    for (const [name, alias] of [
      ['files/list_folder', 'files.PathROrId'],
      ['files/get_metadata', 'files.ReadPath'],
      ['files/download', 'files.ReadPath'],
    ] as const)
      for (const path of paths) {
        const faults = stoneCheck!.faultsOf({ name: alias, nullable: false, options: {} }, path)
        const { status } = await ask(name, { path }, true)
        expect(status === 400, `${name} of ${JSON.stringify(path)}`).toBe(faults.length > 0)
      }
  })

  it('lack no more than what belongs to other namespaces', async () => {
    await rpc(sandbox, ada, 'users/get_current_account')
    const spaces = [...stoneCheck!.unchecked].map((name) => name.split('.')[0])
    expect(
      [...new Set(spaces)].filter((name) => !['users_common', 'team_policies', 'file_properties'].includes(name!)),
    ).toEqual([])
  })
})
