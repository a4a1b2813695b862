/** What an officer should know of a case, in reading order: pure. What is not known is left out. */
import { dayAndTime } from '@/shared/format'
import { inLanguage, type Language } from '@/shared/i18n'

import type { Timeline } from './material'

type Translate = (key: string, named?: Record<string, unknown>) => string

export interface CaseFact {
  readonly name: string
  readonly value: string
}

export interface Around {
  readonly nowMs: number
  readonly timeZone: string
  readonly language: Language
}

export function caseFacts(timeline: Timeline, around: Around, t: Translate): CaseFact[] {
  const { case: one } = timeline
  const at = (ms: number): string => dayAndTime(ms, around.nowMs, around.timeZone, around.language)
  const review = timeline.reviews[0]
  const said = t(`caseSide.reviews.${one.review}`)
  const reviewed =
    review === undefined
      ? said
      : t('caseSide.reviewed', { name: review.officer?.name ?? '—', time: at(review.at_ms), result: said })
  const all: [string, string | null][] = [
    ['number', one.number],
    ['taxpayer', one.taxpayer_name],
    ['mode', t(`caseSide.modes.${one.mode}`)],
    ['agent', timeline.agent_name],
    ['description', timeline.description === '' ? null : timeline.description],
    ['opened', at(one.opened_at_ms)],
    ['review', one.review === 'none' ? null : reviewed],
    ['booking', one.booked === null ? null : `${at(one.booked.slot_start_ms)} ${inLanguage(one.booked.hall.name)}`],
    ['promised', one.promised_by_ms === null ? null : at(one.promised_by_ms)],
    ['worker', one.worker === null ? null : `${one.worker.name} ${one.worker.staff_number}`],
    ['remark', timeline.remark === '' ? null : timeline.remark],
  ]
  return all.flatMap(([key, value]) => (value === null ? [] : [{ name: t(`caseSide.${key}`), value }]))
}
