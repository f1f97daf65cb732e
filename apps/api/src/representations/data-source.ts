import type { DataSource as Body, OAuthClient as OAuthClientBody } from '@wellhead/client/schema'
import { type DataSourceView, type OAuthClientView, supportedOperations } from '@wellhead/engine'
import { z } from 'zod'
import { instant } from './instant.ts'

export function dataSourceBody(view: DataSourceView): Body {
  const { source, sandbox, sandboxPages } = view.hosted
  return {
    id: source.id,
    name: source.name,
    description: source.description,
    icon: source.icon,
    kind: source.kind,
    documentation_url: source.documentationUrl,
    sandbox,
    sandbox_pages: sandbox
      ? {
          key_url: sandboxPages?.keys ?? null,
          registration_url: sandboxPages?.registration ?? null,
          site_url: sandboxPages?.site ?? null,
        }
      : null,
    auth_methods: source.auth.map((auth) =>
      auth.method === 'api_key'
        ? {
            method: auth.method,
            label: auth.label,
            help: auth.help,
            key_url: auth.keyUrl,
            placeholder: auth.placeholder,
          }
        : {
            method: auth.method,
            scopes: [...auth.scopes],
            consent: auth.consent,
            registration_url: auth.registrationUrl,
            redirect_uri: view.redirectUri ?? '',
            client: view.oauthClient === 'not_applicable' ? 'missing' : view.oauthClient,
            default_client_offered: view.defaultClientOffered,
            revocable: auth.revoke !== undefined,
          },
    ),
    operations: supportedOperations(source),
    parameters_schema: jsonSchema(source.parameters),
    settings_schema: source.settings ? jsonSchema(source.settings) : null,
  }
}

/** What a form shows: the input side, where a field with a default may be left out. */
function jsonSchema(schema: z.ZodObject): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
}

export function oauthClientBody(client: OAuthClientView): OAuthClientBody {
  return {
    id: client.id,
    data_source: client.dataSource,
    client_id: client.clientId,
    secret_hint: client.secretHint,
    created_at: instant(client.createdAt),
    updated_at: instant(client.updatedAt),
  }
}
