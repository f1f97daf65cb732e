import { useTranslation } from 'react-i18next'
import styles from './numbers-table.module.css'

/** The numbers of a chart, for whoever reads them better than bars. */
export function NumbersTable({
  title,
  head,
  rows,
}: {
  title: string
  head: readonly string[]
  rows: readonly (readonly [string, ...number[]])[]
}) {
  const { t } = useTranslation()
  const [column, ...columns] = head
  return (
    <details className={styles.details}>
      <summary>
        {t('health.chart.numbers')}
        <span className="unseen"> ({title})</span>
      </summary>
      <table className={styles.table}>
        <caption className="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{column}</th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...values]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, index) => (
                <td key={columns[index]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
