import { describe, expect, it } from 'vitest'

import { encodingOf } from './encodings'

describe('encodingOf', () => {
  it.each([
    ['a camera of 720 lines', false, 720, 1],
    ['a small camera', false, 480, 1],
    ['a camera of 1080 lines', false, 1080, 1.5],
    ['one that tells nothing', false, null, 1],
    ['a screen of 1080 lines', true, 1080, 1],
    ['a screen of 2160 lines', true, 2160, 2],
  ])('%s', (_name, isScreen, lines, scale) => {
    expect(encodingOf({ kind: 'video', isScreen, lines }).scaleResolutionDownBy).toBe(scale)
  })

  it('keeps a screen sharp, and a camera moving', () => {
    const screen = encodingOf({ kind: 'video', isScreen: true, lines: 1080 })
    const camera = encodingOf({ kind: 'video', isScreen: false, lines: 720 })
    expect([screen.degradationPreference, screen.maxFramerate]).toEqual(['maintain-resolution', 15])
    expect([camera.degradationPreference, camera.maxFramerate]).toEqual(['balanced', 30])
  })

  it('limits sound by its rate alone', () => {
    expect(encodingOf({ kind: 'audio', isScreen: false, lines: null })).toEqual({ maxBitrate: 40_000 })
  })
})
