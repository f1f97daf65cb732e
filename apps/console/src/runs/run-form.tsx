import type { Connection, DataSource, Run } from '@wellhead/client'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { SandboxSite, sandboxSiteValues } from '../data-sources/sandbox-site.tsx'
import { Button } from '../ui/button.tsx'
import { DialogBody, DialogFooter } from '../ui/dialog.tsx'
import { Form } from '../ui/form.tsx'
import { SchemaFields, schemaValues } from '../ui/schema-form.tsx'

/** Begins a crawl, with the parameters that the source asks for. */
export function RunForm(props: {
  source: DataSource
  connection: Connection
  onBegun: (run: Run) => void
  footer: ReactNode
}) {
  const { source, connection, onBegun, footer } = props
  const { t } = useTranslation()
  const schema = source.parameters_schema

  async function send(form: FormData) {
    onBegun(
      await api.runs.create({
        body: {
          data_source: source.id,
          connection_id: connection.id,
          operation: 'crawl',
          parameters: schemaValues(schema, 'parameters.', form),
        },
      }),
    )
  }

  return (
    <Form
      onSend={send}
      footer={(isBusy) => (
        <DialogFooter>
          {footer}
          <Button type="submit" look="primary" busy={isBusy && t('runs.crawl.starting')}>
            {t('runs.crawl.action')}
          </Button>
        </DialogFooter>
      )}
    >
      <DialogBody>
        <p>{t('runs.crawl.lead')}</p>
        <SandboxSite source={source} />
        <SchemaFields schema={schema} prefix="parameters." values={sandboxSiteValues(source)} />
      </DialogBody>
    </Form>
  )
}
