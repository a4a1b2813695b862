import { describe, expect, it } from 'vitest'

import { halves, longDay, stateOf, weekdayOf, type DayView } from './days'

const day = (change: Partial<DayView>): DayView => ({
  day: '2026-11-24',
  periods: [{ opens_min: 540, closes_min: 720 }],
  is_working: true,
  is_confirmed: true,
  reason: { zh: '', en: '' },
  left: 3,
  places: 6,
  ...change,
})

describe('the days of a hall', () => {
  it('say what they are in a word', () => {
    expect(stateOf(day({}))).toBe('free')
    expect(stateOf(day({ left: 0 }))).toBe('full')
    expect(stateOf(day({ left: 0, places: 0 }))).toBe('past')
    expect(stateOf(day({ day: '2026-11-28', periods: [], is_working: false }))).toBe('closed')
    expect(stateOf(day({ day: '2026-11-29' }))).toBe('extra')
  })

  it('are written in the manner of the reader', () => {
    expect([longDay('2026-11-24', 'zh-CN'), weekdayOf('2026-11-24', 'en')]).toEqual(['11月24日 周二', 'Tue'])
    expect(longDay('2026-11-24', 'en')).toBe('Tue 24 Nov')
  })

  it('have a morning and an afternoon', () => {
    const slot = (start_ms: number) => ({ start_ms, end_ms: start_ms + 1, left: 1, places: 1 })
    const { morning, afternoon } = halves([slot(9), slot(12), slot(15)], (at) => at)
    expect([morning.length, afternoon.length]).toEqual([1, 2])
  })
})
