import type { Connection, DataSource } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { ExternalLink } from '../ui/external-link.tsx'
import { SecretField } from '../ui/field.tsx'
import { SchemaFields, schemaValues } from '../ui/schema-form.tsx'
import { apiKeyOf } from './auth-method.ts'

/** The key, and what else a source must know to use one: where its server is, for instance. */
export function KeyFields({ source, settings }: { source: DataSource; settings?: Connection['settings'] }) {
  const { t } = useTranslation()
  const method = apiKeyOf(source)
  return (
    <>
      <SecretField
        name="api_key"
        label={t('dataSources.key.label')}
        placeholder={method?.placeholder}
        isRequired
        help={
          <>
            {method && `${method.label}. ${source.sandbox ? t('dataSources.key.sandbox') : method.help} `}
            {method && (
              <ExternalLink href={source.sandbox_pages?.key_url ?? method.key_url}>
                {t('dataSources.key.get')}
              </ExternalLink>
            )}
          </>
        }
      />
      {source.settings_schema && <SchemaFields schema={source.settings_schema} prefix="settings." values={settings} />}
    </>
  )
}

export function settingsIn(source: DataSource, form: FormData): Record<string, unknown> | undefined {
  return source.settings_schema ? schemaValues(source.settings_schema, 'settings.', form) : undefined
}
