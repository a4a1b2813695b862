/** How long somebody will wait, by the pace of the line: what `queueing/estimate.py` computes, on the page. Pure. */
import type { components } from '@/generated/schema'

export type Pace = components['schemas']['PaceView']
export type Wait = components['schemas']['WaitView']

/** Four of five waits end inside the range, if services are as they were. */
const Z = 1.28
const MINUTE_MS = 60_000
/** What is nearer than this is not counted in minutes. */
const SOON_MS = 2 * MINUTE_MS
/** What is further away than this is not counted in minutes either. */
const MOST_MINUTES = 120

/**
 * The wait of somebody with so many people ahead (0: next), as the server computes it from the same pace.
 * `wait_vectors.json` is made by the server's function. (No sum of these ends in exactly one half, where the two
 * languages would round differently.)
 */
export function estimateWait(pace: Pace, ahead: number): Wait {
  const lowMs = ahead * pace.soonest_ms - Z * pace.spread_ms * Math.sqrt(ahead)
  const highMs = (ahead + 1) * pace.latest_ms + Z * pace.spread_ms * Math.sqrt(ahead + 1)
  return { low_ms: Math.max(0, Math.round(lowMs)), high_ms: Math.round(highMs) }
}

/**
 * What is left of an estimate after a while without news, none once its whole time has passed.
 *
 * The range moves with the clock, but its far end neither below the near end that was promised nor below what counts
 * as soon: without news nobody gets nearer.
 */
export function waitLeft(wait: Wait, atMs: number, nowMs: number): Wait | null {
  const passedMs = Math.max(0, nowMs - atMs)
  if (passedMs > Math.max(wait.high_ms, SOON_MS)) return null
  const leastHighMs = Math.min(wait.high_ms, Math.max(wait.low_ms, SOON_MS))
  return {
    low_ms: Math.max(0, wait.low_ms - passedMs),
    high_ms: Math.max(leastHighMs, wait.high_ms - passedMs),
  }
}

/** What is said of a wait; minutes are whole, the near end rounded down and the far one up. */
export type WaitWords =
  | { readonly kind: 'soon' }
  | { readonly kind: 'within'; readonly most: number }
  | { readonly kind: 'exact'; readonly most: number }
  | { readonly kind: 'range'; readonly least: number; readonly most: number }
  | { readonly kind: 'from'; readonly least: number }
  | { readonly kind: 'hours' }

/** None where the range is too wide to be of use. */
export function waitWords(wait: Wait): WaitWords | null {
  if (wait.high_ms < SOON_MS) return { kind: 'soon' }
  const least = Math.floor(wait.low_ms / MINUTE_MS)
  const most = Math.ceil(wait.high_ms / MINUTE_MS)
  if (least >= MOST_MINUTES) return { kind: 'hours' }
  if (most > MOST_MINUTES) return least === 0 ? null : { kind: 'from', least }
  if (least === 0) return { kind: 'within', most }
  return least === most ? { kind: 'exact', most } : { kind: 'range', least, most }
}
