import { describe, expect, it } from 'vitest'

import { HEARD, loudnessOf, middleMs } from './loudness'

const wave = (amplitude: number): number[] => Array.from({ length: 480 }, (_, i) => amplitude * Math.sin(i / 4))

describe('loudness', () => {
  it('is nothing for silence, and for no samples', () => {
    expect(loudnessOf(wave(0))).toBe(0)
    expect(loudnessOf([])).toBe(0)
  })

  it('stays within the meter', () => {
    expect(loudnessOf(wave(1))).toBe(1)
    expect(loudnessOf(wave(0.000_1))).toBe(0)
  })

  it('tells a voice from a quiet room', () => {
    expect(loudnessOf(wave(0.05))).toBeGreaterThan(HEARD)
    expect(loudnessOf(wave(0.002))).toBeLessThan(HEARD)
  })
})

describe('the middle round trip', () => {
  it('is not moved by one slow answer', () => {
    expect(middleMs([20.4, 900, 18])).toBe(20)
  })
})
