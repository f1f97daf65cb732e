import { auditPage, auditQuery } from '../audit.ts'
import { event, eventQuery } from '../events.ts'
import { idParams } from '../fields.ts'
import {
  createdInvitation,
  createInvitation,
  invitationList,
  member,
  memberList,
  memberParams,
  putPassword,
  session as sessionSchema,
  switchWorkspace,
  updateMember,
} from '../people.ts'
import { defineRoute } from '../route.ts'
import { apiTokenList, createApiToken, createdApiToken } from '../tokens.ts'

export const events = {
  subscribe: defineRoute({
    method: 'GET',
    path: '/v1/events',
    summary: "The workspace's events (SSE)",
    description:
      'Those that the caller may see: after `Last-Event-ID`, or else after the position `after`, or else new ones only. At least once, in order; ' +
      'a comment every 15 seconds keeps the stream open.',
    access: { kind: 'scope', scope: 'events:read' },
    query: eventQuery,
    responses: { 200: { description: 'Server-sent events', schema: event, contentType: 'text/event-stream' } },
    problems: [],
  }),
}

export const audit = {
  list: defineRoute({
    method: 'GET',
    path: '/v1/audit',
    summary: 'The audit trail',
    description: 'For owners and editors.',
    access: { kind: 'scope', scope: 'audit:read' },
    query: auditQuery,
    responses: { 200: { description: 'Newest first', schema: auditPage } },
    problems: ['invalid_cursor'],
  }),
}

export const tokens = {
  create: defineRoute({
    method: 'POST',
    path: '/v1/tokens',
    summary: 'Make an API token',
    description: 'It sees what the member who makes it sees, within its scopes.',
    access: { kind: 'session' },
    body: createApiToken,
    responses: { 201: { description: 'The token, shown this once', schema: createdApiToken } },
    problems: [],
  }),
  list: defineRoute({
    method: 'GET',
    path: '/v1/tokens',
    summary: 'API tokens',
    description: "One's own; an owner sees all of the workspace.",
    access: { kind: 'session' },
    responses: { 200: { description: 'Newest first', schema: apiTokenList } },
    problems: [],
  }),
  revoke: defineRoute({
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    summary: 'Revoke an API token',
    description: 'It is refused everywhere within five seconds.',
    access: { kind: 'session' },
    params: idParams,
    responses: { 204: { description: 'Revoked' } },
    problems: ['token_not_found'],
  }),
}

export const session = {
  get: defineRoute({
    method: 'GET',
    path: '/v1/session',
    summary: 'Who is signed in, and where',
    access: { kind: 'session' },
    responses: { 200: { description: 'The session', schema: sessionSchema } },
    problems: [],
  }),
  switchWorkspace: defineRoute({
    method: 'POST',
    path: '/v1/session/workspace',
    summary: 'Work in another workspace',
    access: { kind: 'session' },
    body: switchWorkspace,
    responses: { 200: { description: 'The session', schema: sessionSchema } },
    problems: ['workspace_not_found'],
  }),
  putPassword: defineRoute({
    method: 'PUT',
    path: '/v1/session/password',
    summary: 'Set or change the own password',
    description:
      '`current_password` is needed when there is one. All other sessions of the user end; API tokens stay. As many tries a minute as to sign in.',
    access: { kind: 'session' },
    body: putPassword,
    responses: { 200: { description: 'The session', schema: sessionSchema } },
    problems: ['wrong_password'],
  }),
}

export const members = {
  list: defineRoute({
    method: 'GET',
    path: '/v1/members',
    summary: 'The members of the workspace',
    access: { kind: 'session' },
    responses: { 200: { description: 'In order of joining', schema: memberList } },
    problems: [],
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/v1/members/{user_id}',
    summary: 'Change a role',
    description: 'For owners. The last owner keeps the role.',
    access: { kind: 'session' },
    params: memberParams,
    body: updateMember,
    responses: { 200: { description: 'The member', schema: member } },
    problems: ['member_not_found', 'last_owner'],
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/v1/members/{user_id}',
    summary: 'Remove a member, or leave',
    description: 'For owners; anybody may leave. The last owner stays. The API tokens that the member made end.',
    access: { kind: 'session' },
    params: memberParams,
    responses: { 204: { description: 'Removed' } },
    problems: ['member_not_found', 'last_owner'],
  }),
}

export const invitations = {
  create: defineRoute({
    method: 'POST',
    path: '/v1/invitations',
    summary: 'Invite somebody',
    description:
      'For owners and editors, to at most their own role. Inviting the same address again replaces the former link.',
    access: { kind: 'session' },
    body: createInvitation,
    responses: { 201: { description: 'The link, shown this once', schema: createdInvitation } },
    problems: ['already_member'],
  }),
  list: defineRoute({
    method: 'GET',
    path: '/v1/invitations',
    summary: 'Pending invitations',
    description: 'For owners and editors.',
    access: { kind: 'session' },
    responses: { 200: { description: 'Newest first', schema: invitationList } },
    problems: [],
  }),
  delete: defineRoute({
    method: 'DELETE',
    path: '/v1/invitations/{id}',
    summary: 'Withdraw an invitation',
    description: 'For owners and editors, to at most their own role.',
    access: { kind: 'session' },
    params: idParams,
    responses: { 204: { description: 'Its link no longer works' } },
    problems: ['invitation_not_found'],
  }),
}
