/** What is in a form, line by line as an officer reads it beside its pictures: pure. */
import type { FieldDefinition, FormDefinition, Words } from '@/shared/forms/definition'
import { shownOf } from '@/shared/forms/entry'
import { isObject, type Values } from '@/shared/forms/tidying'

/** One line; `path` is the field as faults name it (`paid.0.ticket`), `row` counts from 1 in a table. */
export interface FieldLine {
  readonly path: string
  readonly label: Words
  readonly table: Words | null
  readonly row: number | null
  /** In both languages where the form says it; as it was typed else. */
  readonly shown: Words
}

export interface FieldSection {
  readonly title: Words
  readonly lines: readonly FieldLine[]
}

export interface YesNo {
  readonly yes: Words
  readonly no: Words
  readonly yuan: Words
}

/** The lines that have a value, in the form's order; sections without any are left out. */
export function sectionsOf(definition: FormDefinition, values: Values, words: YesNo): FieldSection[] {
  return definition.sections
    .map((section) => ({
      title: section.title,
      lines: section.fields.flatMap((field) => linesOf(field, values[field.id], words)),
    }))
    .filter((section) => section.lines.length > 0)
}

function linesOf(field: FieldDefinition, value: unknown, words: YesNo): FieldLine[] {
  if (field.type !== 'table') {
    const shown = wordsOf(field, value, words)
    return shown === null ? [] : [{ path: field.id, label: field.label, table: null, row: null, shown }]
  }
  if (!Array.isArray(value)) return []
  return value.flatMap((row: unknown, index) =>
    (field.columns ?? []).flatMap((column) => {
      const shown = wordsOf(column, isObject(row) ? row[column.id] : null, words)
      const path = `${field.id}.${index}.${column.id}`
      return shown === null ? [] : [{ path, label: column.label, table: field.label, row: index + 1, shown }]
    }),
  )
}

function wordsOf(field: FieldDefinition, value: unknown, words: YesNo): Words | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'boolean') return value ? words.yes : words.no
  if (field.type === 'choice') return optionOf(field, value)
  if (field.type === 'choices' && Array.isArray(value)) {
    const chosen = value.map((one: unknown) => optionOf(field, one))
    return { zh: chosen.map((one) => one.zh).join('、'), en: chosen.map((one) => one.en).join(', ') }
  }
  const shown = shownOf(field, value)
  if (field.type === 'money') return { zh: `${shown} ${words.yuan.zh}`, en: `${shown} ${words.yuan.en}` }
  return field.unit === null ? { zh: shown, en: shown } : { zh: `${shown} ${field.unit.zh}`, en: `${shown} ${field.unit.en}` }
}

function optionOf(field: FieldDefinition, value: unknown): Words {
  const plain = String(value)
  return field.options?.find((option) => option.value === value)?.label ?? { zh: plain, en: plain }
}
