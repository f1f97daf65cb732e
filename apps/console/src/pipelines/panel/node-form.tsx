import type { Connection, DataSource, Pipeline, PipelineNode, Run } from '@wellhead/client'
import { Play } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFaultWords } from '../../texts/words.ts'
import { Button } from '../../ui/button.tsx'
import { Form } from '../../ui/form.tsx'
import { hasFields, SchemaFields, schemaValues } from '../../ui/schema-form.tsx'
import { toast } from '../../ui/toast.tsx'
import { atFields } from './at-fields.ts'
import styles from './node-panel.module.css'
import { type AskedParameter, constantsOf, isSame, type Part, parametersOf } from './node-parameters.ts'
import { useChoose } from './use-choose.ts'
import { VariableField, variableValues } from './variable-field.tsx'

const PREFIX = 'parameters.'

/** The node's parameters and what its document asks for; they are kept, and run with. */
export function NodeForm({
  pipeline,
  node,
  source,
  connection,
  mayChange,
  onBegun,
}: {
  pipeline: Pipeline
  node: PipelineNode
  source: DataSource
  /** What it can be run with; without one it cannot yet. */
  connection: Connection | undefined
  mayChange: boolean
  onBegun: (run: Run) => void
}) {
  const { t } = useTranslation()
  const choose = useChoose(pipeline, node)
  const wordsOf = useFaultWords()
  // Of what the document fills from variables: which are set to constants, or are no more, before it is saved.
  const [changed, setChanged] = useState<Readonly<Record<string, boolean>>>({})
  const parameters = parametersOf(pipeline, node, source, (name) => changed[name] ?? Object.hasOwn(node.values, name))
  const { schema, values, asked, fixed, variables } = parameters
  const change = (name: string, isFixed: boolean) => setChanged({ ...changed, [name]: isFixed })

  async function send(form: FormData) {
    const constants = constantsOf(parameters, schemaValues(schema, PREFIX, form))
    try {
      if (mayChange && !isSame(constants, node.values)) await choose({ parameters: constants })
      if (form.get('action') === 'save') return toast(t('pipelines.panel.run.saved'))
      onBegun(
        await api.runs.create({
          body: {
            pipeline_id: pipeline.id,
            node_id: node.id,
            ...(connection ? { connection_id: connection.id } : {}),
            ...(mayChange ? {} : { parameters: constants }),
            variables: variableValues(variables, form),
          },
        }),
      )
    } catch (error) {
      throw atFields(error, parameters, wordsOf)
    }
  }

  const isEmpty = !hasFields(schema) && asked.length === 0
  return (
    <Form
      onSend={send}
      className={styles.form}
      footer={(isBusy) => (
        <div className={styles.buttons}>
          <Button
            type="submit"
            name="action"
            value="run"
            look="primary"
            isDisabled={connection === undefined}
            busy={isBusy && t('pipelines.panel.run.starting')}
          >
            <Play size={15} aria-hidden="true" />
            {t(source.kind === 'website_crawl' ? 'pipelines.panel.run.action' : 'pipelines.panel.run.list')}
          </Button>
          {mayChange && !isEmpty && (
            <Button type="submit" name="action" value="save" formNoValidate isDisabled={isBusy}>
              {t('pipelines.panel.run.save')}
            </Button>
          )}
        </div>
      )}
    >
      {isEmpty && <p className={styles.quiet}>{t('pipelines.panel.run.noParameters')}</p>}
      {variables.length > 0 && (
        <div className={styles.group}>
          <h4 className={styles.groupTitle}>{t('pipelines.panel.run.asked')}</h4>
          {variables.map((variable) => (
            <VariableField key={`${variable.node_id} ${variable.name}`} variable={variable} />
          ))}
        </div>
      )}
      {!isEmpty && (
        <div className={styles.group}>
          <h4 className={styles.groupTitle}>{t('pipelines.panel.run.parameters')}</h4>
          {asked.map((parameter) => (
            <Asked
              key={parameter.name}
              parameter={parameter}
              labelOf={(name) => variables.find((variable) => variable.name === name)?.label ?? name}
              onFix={() => change(parameter.name, true)}
            />
          ))}
          {fixed.map(({ name, label }) => (
            <div key={name} className={styles.asked}>
              <span className={styles.askedText}>{t('pipelines.panel.run.fixed', { label })}</span>
              <Button size="small" of={label} onPress={() => change(name, false)}>
                {t('pipelines.panel.run.ask')}
              </Button>
            </div>
          ))}
          <SchemaFields schema={schema} prefix={PREFIX} values={values} />
        </div>
      )}
    </Form>
  )
}

/** How the document fills a parameter, with the way to set a constant instead. */
function Asked({
  parameter,
  labelOf,
  onFix,
}: {
  parameter: AskedParameter
  labelOf: (variable: string) => string
  onFix: () => void
}) {
  const { t } = useTranslation()
  const { label, parts } = parameter
  return (
    <div className={styles.asked}>
      <span className={styles.askedText}>
        {label}: {parts.length === 1 && `${t('pipelines.panel.run.answerTo')} `}
        {parts.map((part: Part, index) =>
          typeof part === 'string' ? (
            <code key={index}>{part}</code>
          ) : (
            <span key={index} className={styles.variable}>
              {labelOf(part.name)}
            </span>
          ),
        )}
      </span>
      <Button size="small" of={label} onPress={onFix}>
        {t('pipelines.panel.run.fix')}
      </Button>
    </div>
  )
}
