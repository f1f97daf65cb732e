import { useMutation } from '@tanstack/react-query'
import { type Fault, ProblemError } from '@wellhead/client'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Form as AriaForm } from 'react-aria-components/Form'
import { useFaultWords } from '../texts/words.ts'
import styles from './form.module.css'
import { Notice } from './notice.tsx'
import { useProblemText } from './problem-text.ts'

/** The field that a problem is about, where it does not say so itself. */
const fieldOf: Partial<Record<string, string>> = {
  name_taken: 'name',
  credential_invalid: 'api_key',
  api_key_required: 'api_key',
  wrong_password: 'current_password',
}

/** Refused by the page itself, at a field. */
export class FieldProblems extends Error {
  readonly fields: Readonly<Record<string, string>>

  constructor(fields: Readonly<Record<string, string>>) {
    super(Object.values(fields).join(' '))
    this.fields = fields
  }
}

/**
 * A form. What the API refuses is shown at the field that it is about, by the field's `name`; what is about none, above the
 * buttons.
 */
export function Form({
  onSend,
  children,
  footer,
  className,
}: {
  /** Sends it; busy until it resolves. The button that was pressed is in the form's data, by its name and value. */
  onSend: (form: FormData) => Promise<unknown>
  children: ReactNode
  /** The buttons. */
  footer: (isBusy: boolean) => ReactNode
  className?: string
}) {
  const textOf = useProblemText()
  const faultWords = useFaultWords()
  const form = useRef<HTMLFormElement>(null)
  const [refused, setRefused] = useState<Refused>(nothing)
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ sent }: { sent: Promise<unknown>; names: ReadonlySet<string> }) => sent,
    onMutate: () => setRefused(nothing),
    onError: (error, { names }) =>
      setRefused(placed(problemsOf(error, { textOf, faultWords }), names, () => textOf(error))),
  })
  const { fields, trouble } = refused

  // What is wrong with a field is gone as soon as it is changed, not when it is left: that may be the press of a button, which would move away.
  function edit({ target }: FormEvent) {
    const input = target as HTMLInputElement
    const { [input.name]: edited, ...others } = fields
    if (edited !== undefined) setRefused({ ...refused, fields: others })
    // The library looks again at what the browser found when it hears this, else when the field is left.
    if (input.ariaInvalid === 'true') input.dispatchEvent(new Event('change', { bubbles: true }))
  }

  // The reader goes on where something is wrong.
  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [error])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (isPending) return
    const { elements } = event.currentTarget
    const names = new Set([...elements].map((element) => (element as HTMLInputElement).name).filter(Boolean))
    // Called in the very event: a window may be opened in it, and not later.
    const sent = onSend(new FormData(event.currentTarget, (event.nativeEvent as SubmitEvent).submitter))
    mutate({ sent, names })
  }

  return (
    <AriaForm
      ref={form}
      className={className}
      onSubmit={submit}
      validationErrors={isPending ? undefined : fields}
      aria-busy={isPending}
    >
      <div className={styles.fields} onInput={edit}>
        {children}
      </div>
      {trouble !== null && !isPending && (
        <Notice look="bad" role="alert">
          {trouble}
        </Notice>
      )}
      {footer(isPending)}
    </AriaForm>
  )
}

interface Refused {
  /** By the names of the fields that they are about. */
  readonly fields: Record<string, string>
  /** About none of them. */
  readonly trouble: string | null
}

const nothing: Refused = { fields: {}, trouble: null }

/** Which words go where. */
function placed(found: Record<string, string>, names: ReadonlySet<string>, whole: () => string): Refused {
  const fields = Object.fromEntries(Object.entries(found).filter(([name]) => names.has(name)))
  return Object.keys(fields).length > 0 ? { fields, trouble: null } : { fields: {}, trouble: whole() }
}

function problemsOf(
  error: Error,
  { textOf, faultWords }: { textOf: (error: unknown) => string; faultWords: (fault: Fault) => string },
): Record<string, string> {
  if (error instanceof FieldProblems) return { ...error.fields }
  if (!(error instanceof ProblemError)) return {}
  if (error.errors.length > 0) return Object.fromEntries(error.errors.map((fault) => [fault.path, faultWords(fault)]))
  const own = error.code && fieldOf[error.code]
  return own ? { [own]: textOf(error) } : {}
}

/** The text of a field, trimmed; empty when there is none. */
export function textIn(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** As it was typed, blanks at its ends too: a password. */
export function exactTextIn(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
