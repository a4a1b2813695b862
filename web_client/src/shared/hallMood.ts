/** Whether a hall works, as its pages heard it last. Pure. */
import type { components } from '@/generated/schema'

export type HallChanged = components['schemas']['HallChanged']

/** What a refusal says while a hall is built anew. */
export const HALL_FROZEN = 'hall_frozen'

/** The one of two news of a hall that holds: that of the later epoch; of one epoch the later. */
export function laterMood(known: HallChanged | undefined, change: HallChanged): HallChanged {
  if (known === undefined || change.epoch > known.epoch) return change
  if (change.epoch < known.epoch) return known
  return change.at_ms >= known.at_ms ? change : known
}

/** A refusal said it before the push did. A frozen hall keeps its epoch, so that its next one is news in any case. */
export function frozenBy(known: HallChanged | undefined, hallId: string, nowMs: number): HallChanged {
  if (known?.mood === 'frozen') return known
  return { hall_id: hallId, mood: 'frozen', epoch: known?.epoch ?? 0, at_ms: nowMs }
}

/**
 * A whole view of one of its tickets came: made after the hall froze, so that it works again and the push about it
 * was missed.
 */
export function provenBy(known: HallChanged | undefined, viewAtMs: number): HallChanged | undefined {
  if (known?.mood !== 'frozen' || viewAtMs <= known.at_ms) return known
  return { ...known, mood: 'open', at_ms: viewAtMs }
}
