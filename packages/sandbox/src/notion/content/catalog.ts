import { idOf } from './ids.ts'
import { text, words } from './rich-text.ts'
import {
  type DatabaseSeed,
  type DataSourceSeed,
  type PropertyConfig,
  type PropertyValue,
  paragraph,
  type RowSeed,
} from './seed.ts'

/** More than two full pages of the API: whoever stops after the first page, or the first ten rows, is seen at once. */
export const productCount = 260

type Color = 'default' | 'gray' | 'brown' | 'orange' | 'yellow' | 'green' | 'blue' | 'purple' | 'pink' | 'red'
const option = (name: string, color: Color) => ({ id: `opt-${name.toLowerCase().replaceAll(' ', '-')}`, name, color })

const categories = [
  option('Bread', 'brown'),
  option('Cake', 'pink'),
  option('Käse', 'yellow'),
  option('飲み物', 'blue'),
]
const tags = [option('new', 'green'), option('organic', 'purple'), option('seasonal', 'orange')]
const statuses = [option('Planned', 'gray'), option('On sale', 'green'), option('Sold out', 'red')]
const suppliers = [
  'Mühle Nord',
  'Fromagerie du Lac',
  'Tea & Co',
  '北海道牧場',
  'Green Fields',
  'Salt Works',
  'Old Orchard',
]
const countries = ['DE', 'FR', 'GB', 'JP', 'IE', 'PT', 'CH']

const config = <C extends PropertyConfig>(value: C): C => value
const described = (id: string, name: string) => ({ id, name, description: null })
const statusGroups = [
  { id: 'grp-todo', name: 'To-do', color: 'gray' as const, option_ids: [statuses[0]!.id] },
  { id: 'grp-doing', name: 'In progress', color: 'blue' as const, option_ids: [statuses[1]!.id] },
  { id: 'grp-done', name: 'Complete', color: 'green' as const, option_ids: [statuses[2]!.id] },
]
const withDescription = <T extends object>(options: readonly T[]) => options.map((o) => ({ ...o, description: null }))

const productSchema: Record<string, PropertyConfig> = {
  SKU: config({ ...described('sku', 'SKU'), type: 'rich_text', rich_text: {} }),
  Price: config({ ...described('pric', 'Price'), type: 'number', number: { format: 'euro' } }),
  'In stock': config({ ...described('stck', 'In stock'), type: 'checkbox', checkbox: {} }),
  Category: config({
    ...described('catg', 'Category'),
    type: 'select',
    select: { options: withDescription(categories) },
  }),
  Tags: config({
    ...described('tags', 'Tags'),
    type: 'multi_select',
    multi_select: { options: withDescription(tags) },
  }),
  Status: config({
    ...described('stat', 'Status'),
    type: 'status',
    status: { options: withDescription(statuses), groups: statusGroups },
  }),
  'Best before': config({ ...described('best', 'Best before'), type: 'date', date: {} }),
  Supplier: config({
    ...described('supp', 'Supplier'),
    type: 'relation',
    relation: {
      database_id: idOf('acme/catalog'),
      data_source_id: idOf('acme/suppliers'),
      type: 'single_property',
      single_property: {},
    },
  }),
  'Supplier country': config({
    ...described('roll', 'Supplier country'),
    type: 'rollup',
    rollup: {
      function: 'show_original',
      rollup_property_name: 'Country',
      relation_property_name: 'Supplier',
      rollup_property_id: 'ctry',
      relation_property_id: 'supp',
    },
  }),
  'Price with tax': config({
    ...described('frml', 'Price with tax'),
    type: 'formula',
    formula: { expression: 'prop("Price") * 1.19' },
  }),
  Website: config({ ...described('site', 'Website'), type: 'url', url: {} }),
  Contact: config({ ...described('mail', 'Contact'), type: 'email', email: {} }),
  Phone: config({ ...described('phon', 'Phone'), type: 'phone_number', phone_number: {} }),
  Owner: config({ ...described('ownr', 'Owner'), type: 'people', people: {} }),
  Photo: config({ ...described('phot', 'Photo'), type: 'files', files: {} }),
  Number: config({ ...described('uniq', 'Number'), type: 'unique_id', unique_id: { prefix: 'PROD' } }),
  Created: config({ ...described('crea', 'Created'), type: 'created_time', created_time: {} }),
  'Created by': config({ ...described('crby', 'Created by'), type: 'created_by', created_by: {} }),
  Edited: config({ ...described('edit', 'Edited'), type: 'last_edited_time', last_edited_time: {} }),
  'Edited by': config({ ...described('edby', 'Edited by'), type: 'last_edited_by', last_edited_by: {} }),
}

const value = <V extends PropertyValue>(v: V): V => v

function product(index: number): RowSeed {
  const number = index + 1
  const supplier = index % suppliers.length
  const price = ((index * 37) % 1000) / 10 + 1
  const title =
    index % 50 === 49
      ? []
      : index % 13 === 0
        ? [text('Brötchen '), text(`№ ${number}`, { bold: true })]
        : words(`Product ${number}`)
  return {
    name: `acme/product/${number}`,
    title,
    properties: ({ createdTime, editedTime, userId }) => ({
      SKU: value({ id: 'sku', type: 'rich_text', rich_text: words(`SKU-${String(number).padStart(4, '0')}`) }),
      Price: value({ id: 'pric', type: 'number', number: index % 17 === 16 ? null : price }),
      'In stock': value({ id: 'stck', type: 'checkbox', checkbox: index % 3 !== 0 }),
      Category: value({ id: 'catg', type: 'select', select: index % 11 === 10 ? null : categories[index % 4]! }),
      Tags: value({ id: 'tags', type: 'multi_select', multi_select: tags.filter((_, at) => (index >> at) % 2 === 1) }),
      Status: value({ id: 'stat', type: 'status', status: statuses[index % 3]! }),
      'Best before': value({
        id: 'best',
        type: 'date',
        date:
          index % 5 === 4
            ? null
            : { start: `2026-${String((index % 12) + 1).padStart(2, '0')}-15`, end: null, time_zone: null },
      }),
      Supplier: value({ id: 'supp', type: 'relation', relation: [{ id: idOf(`acme/supplier/${supplier}`) }] }),
      'Supplier country': value({
        id: 'roll',
        type: 'rollup',
        rollup: {
          function: 'show_original',
          type: 'array',
          array: [{ type: 'rich_text', rich_text: words(countries[supplier]!) }],
        },
      }),
      'Price with tax': value({
        id: 'frml',
        type: 'formula',
        formula: { type: 'number', number: Math.round(price * 119) / 100 },
      }),
      Website: value({ id: 'site', type: 'url', url: `https://example.com/products/${number}` }),
      Contact: value({ id: 'mail', type: 'email', email: 'sales@acme.test' }),
      Phone: value({ id: 'phon', type: 'phone_number', phone_number: index % 2 ? '+49 30 0000000' : null }),
      Owner: value({ id: 'ownr', type: 'people', people: [{ object: 'user', id: userId }] }),
      Photo: value({
        id: 'phot',
        type: 'files',
        files: [{ type: 'external', name: 'photo.png', external: { url: 'https://example.com/photo.png' } }],
      }),
      Number: value({ id: 'uniq', type: 'unique_id', unique_id: { prefix: 'PROD', number } }),
      Created: value({ id: 'crea', type: 'created_time', created_time: createdTime }),
      'Created by': value({ id: 'crby', type: 'created_by', created_by: { object: 'user', id: userId } }),
      Edited: value({ id: 'edit', type: 'last_edited_time', last_edited_time: editedTime }),
      'Edited by': value({ id: 'edby', type: 'last_edited_by', last_edited_by: { object: 'user', id: userId } }),
    }),
    ...(index % 20 === 0 ? { blocks: [paragraph(words(`A longer description of product ${number}.`))] } : {}),
  }
}

const productsSource: DataSourceSeed = {
  name: 'acme/products',
  title: 'Products',
  titleProperty: 'Name',
  schema: productSchema,
  rows: Array.from({ length: productCount }, (_, index) => product(index)),
}

const suppliersSource: DataSourceSeed = {
  name: 'acme/suppliers',
  title: 'Suppliers — Lieferanten',
  titleProperty: 'Supplier',
  schema: { Country: config({ ...described('ctry', 'Country'), type: 'rich_text', rich_text: {} }) },
  rows: suppliers.map((name, index) => ({
    name: `acme/supplier/${index}`,
    title: words(name),
    icon: { type: 'emoji', emoji: '🚚' },
    properties: () => ({ Country: value({ id: 'ctry', type: 'rich_text', rich_text: words(countries[index]!) }) }),
  })),
}

/** One database with two data sources, as there can be since version 2025-09-03. */
export const catalog: DatabaseSeed = {
  kind: 'database',
  name: 'acme/catalog',
  title: words('Product Catalog'),
  description: words('Everything we sell, and who we buy from.'),
  icon: { type: 'emoji', emoji: '🥐' },
  dataSources: [productsSource, suppliersSource],
}
