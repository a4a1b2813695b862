/** Between what is typed in a field and its value: pure. What cannot be a value is kept as text, and is a fault. */
import type { FieldDefinition } from '@/shared/forms/definition'

const MONEY = /^-?\d{1,14}(\.\d{1,2})?$/
const WHOLE = /^-?\d{1,12}$/

/** What is shown in the field for a value. */
export function shownOf(field: FieldDefinition, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (field.type === 'money' && typeof value === 'number' && Number.isInteger(value)) return yuanOf(value)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The value of what was typed; none of an empty field. */
export function valueOf(field: FieldDefinition, typed: string): unknown {
  if (typed === '') return null
  const plain = typed.trim().replace(/[，,\s]/g, '').replace(/[。．]/g, '.')
  if (field.type === 'money') return MONEY.test(plain) ? Math.round(Number(plain) * 100) : typed
  if (field.type === 'integer') return WHOLE.test(plain) ? Number(plain) : typed
  if (field.type === 'number') return plain
  return typed
}

/** 12345 fen as `123.45`. */
export function yuanOf(fen: number): string {
  const cents = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}${cents.slice(0, -2)}.${cents.slice(-2)}`
}
