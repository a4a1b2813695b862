/** How loud a moment of sound is, and whether somebody was heard in it. Pure. */

/** Quieter than this is a room, not a person. */
const QUIETEST_DB = -60
const LOUDEST_DB = -12
/** Speech at arm's length is above this part of the meter, a fan below. */
export const HEARD = 0.25

/** 0 to 1 on a scale of decibels, from samples between -1 and 1; 0 for none. */
export function loudnessOf(samples: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < samples.length; i += 1) sum += (samples[i] ?? 0) ** 2
  if (sum === 0) return 0
  const db = 10 * Math.log10(sum / samples.length)
  return Math.min(1, Math.max(0, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)))
}

/** The middle one of round trips, in whole milliseconds; one slow answer is no slow network. */
export function middleMs(tripsMs: readonly number[]): number {
  const sorted = [...tripsMs].sort((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)
}
