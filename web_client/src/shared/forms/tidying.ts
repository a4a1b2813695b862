/** What is filled in as it is kept: the twin of tidying.py. Pure; tidying twice gives the same. */
import { fieldsOf, type FieldDefinition, type FormDefinition } from './definition'

export const CONFIRMED = 'confirmed'
const LIST_MAX = 100

export type Values = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fault of what is too deep or too large to be looked at. */
export function oversize(definition: FormDefinition, values: Values): string | null {
  let level: unknown[] = [values]
  for (let depth = 0; depth < definition.limits.depth; depth += 1) {
    if (level.some((one) => Array.isArray(one) && one.length > LIST_MAX)) return 'form_too_large'
    level = level.flatMap(partsOf)
  }
  if (level.length > 0) return 'form_too_deep'
  const bytes = new TextEncoder().encode(JSON.stringify(values)).length
  return bytes > definition.limits.bytes ? 'form_too_large' : null
}

function partsOf(value: unknown): unknown[] {
  if (isObject(value)) return Object.values(value)
  return Array.isArray(value) ? (value as unknown[]) : []
}

/** The values of the form's own fields, in its order, and what was confirmed. */
export function tidied(definition: FormDefinition, values: Values): Record<string, unknown> {
  const found = rowOf(fieldsOf(definition), values)
  const confirmed = values[CONFIRMED]
  if (!isEmpty(confirmed)) found[CONFIRMED] = confirmed
  return found
}

function rowOf(fields: readonly FieldDefinition[], values: Values): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const field of fields) {
    if (field.computed !== null || !(field.id in values)) continue
    const value = valueOf(field, values[field.id])
    if (!isEmpty(value)) found[field.id] = value
  }
  return found
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function valueOf(field: FieldDefinition, value: unknown): unknown {
  if (field.type === 'table' && Array.isArray(value)) {
    return value.map((row: unknown) => (isObject(row) ? rowOf(field.columns ?? [], row) : row))
  }
  return typeof value === 'string' ? textOf(field, value) : value
}

function textOf(field: FieldDefinition, text: string): string {
  if (field.format === undefined || field.format === null || field.format === 'email') return text.trim()
  return text
    .replace(/[\uFF01-\uFF5E]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/\s+|[-·.]/g, '')
    .toUpperCase()
}
