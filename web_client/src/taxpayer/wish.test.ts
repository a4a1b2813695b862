// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'

import { drawnSize } from './uploads'
import { Wish } from './wish'

describe('a wish', () => {
  it('keeps its key while it says the same, so that a repeat makes nothing twice', () => {
    const wish = new Wish()
    const first = wish.keyFor({ topic: 'T24' })
    expect(wish.keyFor({ topic: 'T24' })).toBe(first)
    expect(wish.keyFor({ topic: 'T26' })).not.toBe(first)
  })

  it('is another one once it was granted', () => {
    const wish = new Wish()
    const first = wish.keyFor('a')
    wish.granted()
    expect(wish.keyFor('a')).not.toBe(first)
  })
})

describe('a picture on its way', () => {
  it('is drawn no longer than can be read in it, its sides in their ratio', () => {
    expect(drawnSize(5_120, 2_560)).toEqual({ width: 2_560, height: 1_280 })
    expect(drawnSize(640, 480)).toEqual({ width: 640, height: 480 })
  })
})
