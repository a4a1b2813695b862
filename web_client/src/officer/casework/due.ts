/** How a promised time stands: pure. */
export interface Due {
  readonly isOver: boolean
  /** Less than a day is left. */
  readonly isNear: boolean
}

const NEAR_MS = 86_400_000

export function dueOf(byMs: number | null, nowMs: number): Due | null {
  if (byMs === null) return null
  return { isOver: byMs <= nowMs, isNear: byMs > nowMs && byMs - nowMs < NEAR_MS }
}
