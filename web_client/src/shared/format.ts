/** Times and lengths as people read them. Pure: the clock is an argument, the language and the hall's zone too. */
import type { Language } from './i18n/language'

const SECOND_MS = 1_000
const DAY_S = 86_400

/** A countdown's or a length's parts; what is past counts as nothing left. */
export interface Parts {
  readonly days: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
}

/** What is left until `untilMs`, in whole seconds rounded up: it shows 0 only once the time has come. */
export function secondsLeft(untilMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((untilMs - nowMs) / SECOND_MS))
}

export function partsOf(totalSeconds: number): Parts {
  const seconds = Math.max(0, Math.floor(totalSeconds))
  return {
    days: Math.floor(seconds / DAY_S),
    hours: Math.floor((seconds % DAY_S) / 3_600),
    minutes: Math.floor((seconds % 3_600) / 60),
    seconds: seconds % 60,
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `08:36`, `00:57:44` from an hour up, `2 天 03:27:44` from a day up. */
export function countdown(totalSeconds: number, language: Language): string {
  const { days, hours, minutes, seconds } = partsOf(totalSeconds)
  const short = `${two(minutes)}:${two(seconds)}`
  if (days === 0 && hours === 0) return short
  const long = `${two(hours)}:${short}`
  if (days === 0) return long
  return language === 'en' ? `${days} d ${long}` : `${days} 天 ${long}`
}

const SECONDS_COUNTED = 120

/** Whether a time to answer in is so long that it is not said in seconds. */
export function isLong(totalSeconds: number): boolean {
  return totalSeconds > SECONDS_COUNTED
}

/** What is left of a time to answer in: `55 秒`, and whole minutes above two of them. */
export function timeLeft(totalSeconds: number, language: Language): string {
  const inMinutes = isLong(totalSeconds)
  const count = inMinutes ? Math.floor(totalSeconds / 60) : Math.max(0, Math.floor(totalSeconds))
  if (language === 'en') return inMinutes ? `${count} min` : `${count} s`
  return inMinutes ? `${count} 分钟` : `${count} 秒`
}

/** A call's length: `12:47`, `1:02:03`. */
export function callLength(lengthMs: number): string {
  const { days, hours, minutes, seconds } = partsOf(lengthMs / SECOND_MS)
  const wholeHours = days * 24 + hours
  return wholeHours > 0 ? `${wholeHours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`
}

/** Of a few halls' zones, in two languages. */
const MOST_FORMATS = 64
const formats = new Map<string, Intl.DateTimeFormat>()

/** Kept: a list of some hundred rows asks for thousands, and to throw those away stops the page for half a second. */
export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const wish = JSON.stringify([locale, options])
  const known = formats.get(wish)
  if (known !== undefined) return known
  if (formats.size >= MOST_FORMATS) formats.clear()
  const made = new Intl.DateTimeFormat(locale, options)
  formats.set(wish, made)
  return made
}

/** The time of day in the hall's zone: `09:34`, with seconds `09:34:02`. */
export function timeOfDay(atMs: number, timeZone: string, withSeconds = false): string {
  return dateFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  }).format(atMs)
}

/** Day and time in the hall's zone: `11月23日 09:34`, `23 Nov 09:34`; with the year where it is not this one. */
export function dayAndTime(atMs: number, nowMs: number, timeZone: string, language: Language): string {
  return `${dayOf(atMs, nowMs, timeZone, language)} ${timeOfDay(atMs, timeZone)}`
}

export function dayOf(atMs: number, nowMs: number, timeZone: string, language: Language): string {
  const year = dateFormat('en', { timeZone, year: 'numeric' })
  const named = year.format(atMs) === year.format(nowMs) ? {} : ({ year: 'numeric' } as const)
  return dateFormat(language === 'en' ? 'en-GB' : 'zh-CN', {
    timeZone,
    month: language === 'en' ? 'short' : 'long',
    day: 'numeric',
    ...named,
  }).format(atMs)
}

export type PartOfDay = 'morning' | 'noon' | 'afternoon' | 'evening'

/** The greeting's part of the day in the hall's zone. */
export function partOfDay(nowMs: number, timeZone: string): PartOfDay {
  const hour = Number(timeOfDay(nowMs, timeZone).slice(0, 2))
  if (hour < 5) return 'evening'
  if (hour < 11) return 'morning'
  if (hour < 13) return 'noon'
  return hour < 18 ? 'afternoon' : 'evening'
}

/** The last first: after a sleep only what holds now is said. */
const SPOKEN_SECONDS: readonly number[] = [0, 60, 300, 600]

/** The moment that a screen reader is told between two ticks of a countdown, none mostly: 10, 5, 1 minute and the end. */
export function spokenBetween(beforeSeconds: number, nowSeconds: number): number | null {
  return SPOKEN_SECONDS.find((moment) => beforeSeconds > moment && nowSeconds <= moment) ?? null
}
