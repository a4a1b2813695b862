import { describe, expect, it } from 'vitest'

import { minutesOf, paperStateWord, pictureOf } from './paper'

describe('a ticket on paper', () => {
  it('has a word for every state, and for unknown ones', () => {
    expect(paperStateWord('waiting')).toBe('waiting')
    expect(paperStateWord('something_new')).toBe('other')
    expect(paperStateWord(null)).toBe('other')
  })

  it('tells the wait in whole minutes', () => {
    expect(minutesOf({ low_ms: 0, high_ms: 61_000 })).toEqual({ low: 1, high: 2 })
  })

  it('has its code as a picture', () => {
    expect(pictureOf('<svg a="#1"/>')).toBe('data:image/svg+xml,%3Csvg%20a%3D%22%231%22%2F%3E')
  })
})
