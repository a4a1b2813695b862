/** How much a sender may send of a track. Pure; on a bad network the browser goes below it by itself. */

/** What is known of a track that matters here. */
export interface Sent {
  readonly kind: 'audio' | 'video'
  /** A screen keeps its sharpness, a camera its motion. */
  readonly isScreen: boolean
  /** The shorter side of its picture; null where the browser does not tell. */
  readonly lines: number | null
}

export interface Encoding {
  readonly maxBitrate: number
  readonly maxFramerate?: number
  readonly scaleResolutionDownBy?: number
  readonly degradationPreference?: 'balanced' | 'maintain-resolution'
}

const CAMERA = { bits: 1_500_000, frames: 30, lines: 720, prefer: 'balanced' } as const
/** A text of 1080 lines is still read when it moves seldom. */
const SCREEN = { bits: 2_000_000, frames: 15, lines: 1_080, prefer: 'maintain-resolution' } as const
const SOUND_BITS = 40_000

export function encodingOf({ kind, isScreen, lines }: Sent): Encoding {
  if (kind === 'audio') return { maxBitrate: SOUND_BITS }
  const most = isScreen ? SCREEN : CAMERA
  return {
    maxBitrate: most.bits,
    maxFramerate: most.frames,
    scaleResolutionDownBy: lines === null ? 1 : Math.max(1, lines / most.lines),
    degradationPreference: most.prefer,
  }
}
