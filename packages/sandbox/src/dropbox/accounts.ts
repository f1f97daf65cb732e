import type { common, users } from 'dropbox'
import { plantSample, type SampleAccount, sampleAccounts } from '../drive/sample.ts'
import { createTree, type Tree } from '../drive/tree.ts'
import type { DropboxSettings } from './settings.ts'

export interface Account {
  readonly sample: SampleAccount
  /** `dbid:…`, 40 characters. */
  readonly id: string
  readonly uid: string
  readonly homeNamespaceId: string
  /** Whose team has a space of its own, as long as the settings say so. */
  readonly isTeamMember: boolean
  readonly tree: Tree
}

/** The namespace of the team folder, wherever the root of the team space is. */
export const teamFolderNamespaceId = '3235651'
export const teamFolderName = 'Bakery team'
/** Of Ada's home, in the team space. */
const homePath = '/Ada Baker'

const facts = {
  ada: { id: 'dbid:AADa4c1xSampleAccountOfAdaBaker0001', uid: '812345671', homeNamespaceId: '3235641' },
  bo: { id: 'dbid:AABo7k2ySampleAccountOfBoLarsen0002', uid: '812345672', homeNamespaceId: '4471902' },
}

export const numberOfId = (id: string): number => Number.parseInt(id.slice(-7), 36)

/** Ada is a member of a team with a team space, Bo has a basic account. */
export function createAccounts(now: () => number): readonly Account[] {
  return sampleAccounts.map((sample) => {
    const prefix = `id:${sample.key === 'ada' ? 'a4ayc_80_OEAAAA' : 'bQ2ud-55_KwAAAA'}`
    const tree = createTree({ now, idOf: (number) => prefix + number.toString(36).padStart(7, '0') })
    plantSample(tree, sample, {
      natives: ['document'],
      shortcuts: false,
      team: sample.key === 'ada' ? teamFolderName : null,
      sharedWithMe: false,
      sameNames: false,
      oddities: ['not_downloadable'],
    })
    return { sample, tree, isTeamMember: sample.key === 'ada', ...facts[sample.key] }
  })
}

/** https://www.dropbox.com/developers/reference/path-root-header-modes */
export function rootInfo(account: Account, settings: DropboxSettings) {
  const home = account.homeNamespaceId
  const root = account.isTeamMember ? (settings.teamRootNamespaceId ?? home) : home
  return root === home
    ? ({
        '.tag': 'user',
        root_namespace_id: home,
        home_namespace_id: home,
      } as const satisfies common.UserRootInfoReference)
    : ({
        '.tag': 'team',
        root_namespace_id: root,
        home_namespace_id: home,
        home_path: homePath,
      } as const satisfies common.TeamRootInfoReference)
}

export function fullAccount(account: Account, settings: DropboxSettings) {
  const { name, givenName, surname, email, key } = account.sample
  return {
    account_id: account.id,
    name: {
      given_name: givenName,
      surname,
      familiar_name: givenName,
      display_name: name,
      abbreviated_name: givenName.charAt(0) + surname.charAt(0),
    },
    email,
    email_verified: true,
    disabled: false,
    ...(key === 'ada' ? { country: 'IE' } : {}),
    locale: 'en',
    referral_link: `https://www.dropbox.com/referrals/${account.uid}`,
    ...(account.isTeamMember ? { team, team_member_id: 'dbmid:AAHhy7WsR0x-u4ZCqiDl5Fz5zvuL3kmspwU' } : {}),
    is_paired: false,
    account_type: account.isTeamMember ? { '.tag': 'business' } : { '.tag': 'basic' },
    root_info: rootInfo(account, settings),
  } satisfies users.FullAccount
}

const team = {
  id: 'dbtid:AAFdgehTzw7WlXhZJsbGCLePe8RvQGYDr-I',
  name: teamFolderName,
  sharing_policies: {
    shared_folder_member_policy: { '.tag': 'team' },
    shared_folder_join_policy: { '.tag': 'from_anyone' },
    shared_link_create_policy: { '.tag': 'team_only' },
    group_creation_policy: { '.tag': 'admins_only' },
    shared_folder_link_restriction_policy: { '.tag': 'anyone' },
    enforce_link_password_policy: { '.tag': 'optional' },
    default_link_expiration_days_policy: { '.tag': 'none' },
    shared_link_default_permissions_policy: { '.tag': 'default' },
  },
  office_addin_policy: { '.tag': 'disabled' },
  top_level_content_policy: { '.tag': 'admin_only' },
} satisfies users.FullTeam
