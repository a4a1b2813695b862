/** What the wall and reports show of figures, worked out: pure, the clock is an argument. */
import type { components } from '@/generated/schema'
import { dateFormat } from '@/shared/format'

type S = components['schemas']

export type WallView = S['WallView']
export type WallOfficer = S['WallOfficer']
export type WallLine = S['WallLine']
export type Figures = S['ServiceFigures']
export type ReportView = S['ReportView']
export type ReportRow = S['ReportRow']

const MINUTE_MS = 60_000

/** A whole percent, rounded down: 100 only where nobody came too late. None of nobody. */
export function percentInTime(figures: Figures): number | null {
  return figures.called === 0 ? null : Math.floor((figures.within_target * 100) / figures.called)
}

/** Minutes with one decimal, for axes. */
export function minutesOf(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms / (MINUTE_MS / 10)) / 10
}

/** The ends of the spans that waits are counted in, as words: `0–3`, …, `27+`. */
export function spanWords(targetMs: number, count: number, inTarget = 5): string[] {
  const end = (at: number): string => String(minutesOf((targetMs * at) / inTarget) ?? 0)
  return Array.from({ length: count }, (_, at) => (at === count - 1 ? `${end(at)}+` : `${end(at)}–${end(at + 1)}`))
}

/** What stands on an officer's tag: a console that is not heard of comes before what the desk says. */
export function stateOf(officer: WallOfficer): WallOfficer['state'] | 'silent' | 'away' {
  return officer.presence === 'silent' || officer.presence === 'away' ? officer.presence : officer.state
}

const ORDER = ['away', 'silent', 'serving', 'called', 'wrap_up', 'ready', 'break', 'signed_off'] as const

/** Who needs a look first, signed off last; else by staff number. */
export function inOrder(officers: readonly WallOfficer[]): WallOfficer[] {
  const place = (one: WallOfficer): number => ORDER.indexOf(stateOf(one))
  return [...officers].sort(
    (a, b) => place(a) - place(b) || a.officer.staff_number.localeCompare(b.officer.staff_number),
  )
}

/** Since when the state that is shown holds; none where nobody knows. */
export function sinceOf(officer: WallOfficer): number | null {
  if (officer.presence === 'away') return officer.away_since_ms
  return officer.state === 'signed_off' ? null : officer.since_ms
}

/** The letters of the officer's lines, in the wall's order. */
export function lettersOf(officer: WallOfficer, lines: readonly WallLine[]): string {
  return lines.filter((one) => officer.line_ids.includes(one.line.line_id)).map((one) => one.line.letter).join(' ')
}

export type Attention =
  | { readonly kind: 'closed' }
  | { readonly kind: 'away' | 'silent'; readonly name: string }
  | { readonly kind: 'unserved'; readonly letter: string; readonly count: number }
  | { readonly kind: 'longWait'; readonly letter: string; readonly waitMs: number; readonly serving: number }

/** What somebody should look at now, the worst first. */
export function attention(wall: WallView, nowMs: number): Attention[] {
  const gone = (presence: 'away' | 'silent'): Attention[] =>
    wall.officers.filter((one) => one.presence === presence).map((one) => ({ kind: presence, name: one.officer.name }))
  const unserved = wall.lines
    .filter((one) => one.waiting > 0 && one.serving === 0)
    .map((one): Attention => ({ kind: 'unserved', letter: one.line.letter, count: one.waiting }))
  const long = wall.lines.flatMap((one): Attention[] => {
    const waitMs = one.oldest_issued_at_ms === null ? 0 : nowMs - one.oldest_issued_at_ms
    if (waitMs <= wall.target_ms || one.serving === 0) return []
    return [{ kind: 'longWait', letter: one.line.letter, waitMs, serving: one.serving }]
  })
  return [...(wall.closed_at_ms === null ? [] : [{ kind: 'closed' } as const]), ...gone('away'), ...unserved, ...long, ...gone('silent')]
}

/** The line in which most wait; none where nobody does. */
export function busiest(lines: readonly WallLine[]): WallLine | null {
  return lines.reduce<WallLine | null>((most, one) => (one.waiting > (most?.waiting ?? 0) ? one : most), null)
}

function calendarOf(timeZone: string): (atMs: number) => string {
  const written = dateFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (atMs) => written.format(atMs)
}

/** The calendar day at the hall, as `2026-11-27`, so many days before `nowMs`. */
export function dayBefore(nowMs: number, timeZone: string, days: number): string {
  const day = new Date(`${calendarOf(timeZone)(nowMs)}T00:00:00Z`)
  day.setUTCDate(day.getUTCDate() - days)
  return day.toISOString().slice(0, 10)
}

/** When the day begins at the hall: looked for among the quarters of hours around midnight in Greenwich. */
export function dayStartMs(day: string, timeZone: string): number {
  const dayAt = calendarOf(timeZone)
  const midnightUtc = Date.parse(`${day}T00:00:00Z`)
  const [quarterMs, farthestMs] = [900_000, 15 * 3_600_000]
  for (let at = midnightUtc - farthestMs; at <= midnightUtc + farthestMs; at += quarterMs) {
    if (dayAt(at) === day) return at
  }
  return midnightUtc
}
