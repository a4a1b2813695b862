/** What the JSON Schema of a form says of values, as faults, one a place, the plainest one: as structure.py. Pure. */
import { fieldsOf, type FieldDefinition, type FormDefinition, type ValueSchema } from './definition'
import { FORMATS } from './formats'
import { CONFIRMED, isObject, type Values } from './tidying'

/** By keyword, the plainest first. */
const CODES = [
  ['type', 'field_type'],
  ['enum', 'choice_unknown'],
  ['maxLength', 'text_too_long'],
  ['pattern', 'text_invalid'],
  ['minimum', 'number_too_small'],
  ['maximum', 'number_too_large'],
  ['uniqueItems', 'choice_twice'],
  ['minItems', 'rows_too_few'],
  ['maxItems', 'rows_too_many'],
] as const
type Keyword = (typeof CODES)[number][0]

/** The fault of each field, row (`lines.1`) or column (`lines.1.amount`) that does not fit the schema. */
export function structuralFaults(definition: FormDefinition, values: Values): Map<string, string> {
  const found = new Map<string, string>()
  const schemas = definition.json_schema.properties ?? {}
  for (const field of fieldsOf(definition)) {
    if (field.id in values) ofValue(field, field.id, schemas[field.id] ?? {}, values[field.id], found)
  }
  const confirmed = schemas[CONFIRMED]
  if (CONFIRMED in values && confirmed !== undefined && failing(confirmed, values[CONFIRMED]) !== null) {
    found.set(CONFIRMED, 'field_type')
  }
  return found
}

function ofValue(field: FieldDefinition, path: string, schema: ValueSchema, value: unknown, found: Map<string, string>): void {
  const isTable = field.type === 'table' && Array.isArray(value)
  const keyword = failing(isTable ? withoutItems(schema) : schema, value)
  if (keyword !== null) found.set(path, codeOf(field, keyword))
  if (!isTable) return
  const columns = schema.items?.properties ?? {}
  value.forEach((row: unknown, number) => {
    const place = `${path}.${number}`
    if (!isObject(row)) {
      found.set(place, 'field_type')
      return
    }
    for (const column of field.columns ?? []) {
      if (column.id in row) ofValue(column, `${place}.${column.id}`, columns[column.id] ?? {}, row[column.id], found)
    }
  })
}

function withoutItems(schema: ValueSchema): ValueSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'items'))
}

function codeOf(field: FieldDefinition, keyword: Keyword): string {
  if (keyword === 'pattern') {
    if (typeof field.format === 'string') return FORMATS[field.format]?.code ?? 'text_invalid'
    if (field.type === 'date') return 'date_invalid'
    if (field.type === 'number') return 'number_invalid'
  }
  return CODES.find(([one]) => one === keyword)?.[1] ?? 'field_type'
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  object: isObject,
}

/** The first keyword that a value fails at, also in its items; none where it fits. */
function failing(schema: ValueSchema, value: unknown): Keyword | null {
  const failed = new Set<Keyword>()
  collect(schema, value, failed)
  return CODES.find(([keyword]) => failed.has(keyword))?.[0] ?? null
}

function collect(schema: ValueSchema, value: unknown, failed: Set<Keyword>): void {
  if (schema.type !== undefined && TYPES[schema.type]?.(value) !== true) failed.add('type')
  if (schema.enum !== undefined && !schema.enum.includes(value as string)) failed.add('enum')
  if (typeof value === 'string') {
    if (schema.maxLength !== undefined && Array.from(value).length > schema.maxLength) failed.add('maxLength')
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) failed.add('pattern')
  }
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) failed.add('minimum')
    if (schema.maximum !== undefined && value > schema.maximum) failed.add('maximum')
  }
  if (!Array.isArray(value)) return
  if (schema.uniqueItems === true && new Set(value).size < value.length) failed.add('uniqueItems')
  if (schema.minItems !== undefined && value.length < schema.minItems) failed.add('minItems')
  if (schema.maxItems !== undefined && value.length > schema.maxItems) failed.add('maxItems')
  if (schema.items !== undefined) for (const item of value) collect(schema.items, item, failed)
}
