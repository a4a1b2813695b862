import { describe, expect, it } from 'vitest'

import vectors from './wait_vectors.json'
import { estimateWait, waitLeft, waitWords } from './waitEstimate'

const MINUTE_MS = 60_000

describe('the estimate', () => {
  it('is the one that the server computes from the same pace', () => {
    for (const { pace, ahead, wait } of vectors) {
      expect(estimateWait(pace, ahead), JSON.stringify({ pace, ahead })).toEqual(wait)
    }
  })
})

describe('what is left of an estimate', () => {
  const wait = { low_ms: 8 * MINUTE_MS, high_ms: 14 * MINUTE_MS }

  it('moves with the clock', () => {
    expect(waitLeft(wait, 0, 3 * MINUTE_MS)).toEqual({ low_ms: 5 * MINUTE_MS, high_ms: 11 * MINUTE_MS })
  })

  it('promises nothing below its near end without news', () => {
    expect(waitLeft(wait, 0, 12 * MINUTE_MS)).toEqual({ low_ms: 0, high_ms: 8 * MINUTE_MS })
  })

  it('does not come soon by itself', () => {
    const next = { low_ms: 0, high_ms: 6 * MINUTE_MS }
    expect(waitLeft(next, 0, 5.5 * MINUTE_MS)).toEqual({ low_ms: 0, high_ms: 2 * MINUTE_MS })
  })

  it('is nothing once its whole time has passed', () => {
    expect(waitLeft(wait, 0, 14 * MINUTE_MS + 1)).toBeNull()
    expect(waitLeft({ low_ms: 0, high_ms: 1 }, 0, 2 * MINUTE_MS)).toEqual({ low_ms: 0, high_ms: 1 })
    expect(waitLeft({ low_ms: 0, high_ms: 1 }, 0, 2 * MINUTE_MS + 1)).toBeNull()
  })

  it('does not grow on a page whose clock is behind', () => {
    expect(waitLeft(wait, 5_000, 1_000)).toEqual(wait)
  })
})

describe('the words for a wait', () => {
  it.each([
    [0, 119_999, { kind: 'soon' }],
    [0, 120_000, { kind: 'within', most: 2 }],
    [59_999, 240_001, { kind: 'within', most: 5 }],
    [60_000, 240_000, { kind: 'range', least: 1, most: 4 }],
    [8.9 * MINUTE_MS, 14.1 * MINUTE_MS, { kind: 'range', least: 8, most: 15 }],
    [8 * MINUTE_MS, 8 * MINUTE_MS, { kind: 'exact', most: 8 }],
    [90 * MINUTE_MS, 121 * MINUTE_MS, { kind: 'from', least: 90 }],
    [120 * MINUTE_MS, 180 * MINUTE_MS, { kind: 'hours' }],
    [0, 121 * MINUTE_MS, null],
  ] as const)('of %d to %d ms', (lowMs, highMs, words) => {
    expect(waitWords({ low_ms: lowMs, high_ms: highMs })).toEqual(words)
  })
})
