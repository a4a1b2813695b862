/** The zone of the halls, for what carries no hall of its own (a closed case, the greeting). */
export const HALL_ZONE = 'Asia/Shanghai'

const OFFSET_MINUTES = 480
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: HALL_ZONE, year: 'numeric', month: '2-digit', day: '2-digit' })

/** The day at the halls, YYYY-MM-DD. */
export function dayAt(atMs: number): string {
  return DAY.format(atMs)
}

export function tomorrow(nowMs: number): string {
  return dayAt(nowMs + DAY_MS)
}

/** A day and a time of day at the halls, in UTC milliseconds; none where they are not filled in. China has no summer time. */
export function atHall(day: string, time: string): number | null {
  const utc = Date.parse(`${day}T${time}:00Z`)
  return Number.isNaN(utc) ? null : utc - OFFSET_MINUTES * MINUTE_MS
}
