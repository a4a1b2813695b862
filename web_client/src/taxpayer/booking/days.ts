/** How days and slots of a hall are shown: pure. */
import type { components } from '@/generated/schema'
import type { Language } from '@/shared/i18n/language'

export type DayView = components['schemas']['DayView']
export type SlotView = components['schemas']['SlotView']

/** `closed`: 休; `extra`: a weekend that is worked (班); `full`: 满; `free`: 可约; `past`: no slots are offered any more. */
export type DayState = 'closed' | 'full' | 'extra' | 'free' | 'past'

const SUNDAY = 0
const SATURDAY = 6
const NOON_HOUR = 12

/** The day as a moment, to be formatted in UTC. */
export function momentOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

export function stateOf(view: DayView): DayState {
  if (view.periods.length === 0) return 'closed'
  if (view.places === 0) return 'past'
  if (view.left === 0) return 'full'
  const weekday = new Date(momentOf(view.day)).getUTCDay()
  return view.is_working && (weekday === SUNDAY || weekday === SATURDAY) ? 'extra' : 'free'
}

export function isFree(view: DayView): boolean {
  return view.left > 0
}

function formatted(day: string, language: Language, options: Intl.DateTimeFormatOptions): string {
  const locale = language === 'en' ? 'en-GB' : 'zh-CN'
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(momentOf(day))
}

/** 周二, Tue. */
export function weekdayOf(day: string, language: Language): string {
  return formatted(day, language, { weekday: 'short' })
}

/** 11月24日 周二, Tue 24 Nov. */
export function longDay(day: string, language: Language): string {
  if (language === 'en') return formatted(day, language, { weekday: 'short', day: 'numeric', month: 'short' })
  return `${formatted(day, language, { month: 'long', day: 'numeric' })} ${weekdayOf(day, language)}`
}

export function monthOf(day: string, language: Language): string {
  return formatted(day, language, { month: 'long' })
}

/** 12月, Dec. */
export function shortMonthOf(day: string, language: Language): string {
  return formatted(day, language, { month: 'short' })
}

/** Slots of the morning and of the afternoon, by the hall's clock. */
export function halves(slots: readonly SlotView[], hourOf: (atMs: number) => number): { morning: SlotView[]; afternoon: SlotView[] } {
  return {
    morning: slots.filter((slot) => hourOf(slot.start_ms) < NOON_HOUR),
    afternoon: slots.filter((slot) => hourOf(slot.start_ms) >= NOON_HOUR),
  }
}
