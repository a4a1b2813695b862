/** What an entry of the audit trail tells besides, in words, with times and amounts as people read them. Pure. */
import { dayAndTime } from '@/shared/format'
import { yuanOf } from '@/shared/forms/entry'
import type { Language } from '@/shared/i18n/language'

export interface Reading {
  readonly nowMs: number
  readonly timeZone: string
  readonly language: Language
  /** A detail's name in words; none where the client does not know it, as of a newer server. */
  readonly nameOf: (name: string) => string | null
}

const NONE = '—'

function valueWords(name: string, value: unknown, { nowMs, timeZone, language }: Reading): string {
  if (value === null || value === '') return NONE
  if (Array.isArray(value)) return value.length === 0 ? NONE : value.map(String).join(language === 'en' ? ', ' : '、')
  if (typeof value === 'number' && name.endsWith('_ms')) return dayAndTime(value, nowMs, timeZone, language)
  if (typeof value === 'number' && name.endsWith('_fen')) return `¥${yuanOf(value)}`
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function detailWords(detail: Readonly<Record<string, unknown>>, reading: Reading): string {
  const [is, then] = reading.language === 'en' ? [': ', ', '] : ['：', '，']
  return Object.entries(detail)
    .map(([name, value]) => `${reading.nameOf(name) ?? name}${is}${valueWords(name, value, reading)}`)
    .join(then)
}
