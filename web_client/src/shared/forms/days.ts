/** Days of forms as ISO text, which compares as the days do: the twin of days.py. Pure. */
import type { Fraction } from './fraction'

const FIRST_YEAR = 1900
const LAST_YEAR = 2199
const COUNT_MAX = 120_000
const DAY_MS = 86_400_000
const WRITTEN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function isoOf(atMs: number): string {
  const date = new Date(atMs)
  return `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
}

function msOf(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)))
}

/** Whether it is a day that forms know. */
export function isDay(text: string): boolean {
  if (!WRITTEN.test(text)) return false
  const year = Number(text.slice(0, 4))
  return year >= FIRST_YEAR && year <= LAST_YEAR && isoOf(msOf(text)) === text
}

function small(value: Fraction, most: number): number | null {
  if (!value.isWhole()) return null
  const found = Number(value.top)
  return Math.abs(found) <= most ? found : null
}

/** The day of three whole numbers; none where there is no such day. */
export function dayOf(year: Fraction, month: Fraction, day: Fraction): string | null {
  const parts = [year, month, day].map((one) => small(one, 9_999))
  const [y, m, d] = parts
  if (y == null || m == null || d == null || y <= 0 || m <= 0 || d <= 0 || m > 99 || d > 99) return null
  const found = `${String(y).padStart(4, '0')}-${two(m)}-${two(d)}`
  return isDay(found) ? found : null
}

/** From the first to the last; below 0 where the last is earlier. */
export function daysBetween(first: string, last: string): number {
  return Math.round((msOf(last) - msOf(first)) / DAY_MS)
}

/** So many whole days later (earlier below 0); none outside of the days that forms know. */
export function dayAfter(day: string, count: Fraction): string | null {
  const days = small(count, COUNT_MAX)
  if (days === null) return null
  const found = isoOf(msOf(day) + days * DAY_MS)
  return isDay(found) ? found : null
}

/** The same day of the month so many whole months later, or the last one of a shorter month. */
export function monthsAfter(day: string, count: Fraction): string | null {
  const more = small(count, COUNT_MAX)
  if (more === null) return null
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + more
  const year = Math.floor(months / 12)
  const month = months - year * 12
  if (year < FIRST_YEAR || year > LAST_YEAR) return null
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return `${String(year)}-${two(month + 1)}-${two(Math.min(Number(day.slice(8, 10)), length))}`
}
