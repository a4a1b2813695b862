import { describe, expect, it } from 'vitest'

import { frozenBy, laterMood, provenBy, type HallChanged } from './hallMood'

function mood(change: Partial<HallChanged> = {}): HallChanged {
  return { hall_id: 'xiangzhou', mood: 'open', epoch: 3, at_ms: 1_000, ...change }
}

describe('of two news of a hall', () => {
  it('the later one holds, whichever comes first', () => {
    const frozen = mood({ mood: 'frozen', at_ms: 2_000 })
    expect(laterMood(mood(), frozen)).toBe(frozen)
    expect(laterMood(frozen, mood())).toBe(frozen)
  })

  it('a new epoch holds whatever the clocks say', () => {
    const rebuilt = mood({ epoch: 4, at_ms: 500 })
    expect(laterMood(mood({ mood: 'frozen' }), rebuilt)).toBe(rebuilt)
    expect(laterMood(rebuilt, mood({ mood: 'frozen' }))).toBe(rebuilt)
  })

  it('the first one is kept', () => {
    expect(laterMood(undefined, mood())).toEqual(mood())
  })
})

describe('a hall that refuses because it is frozen', () => {
  it('is frozen in the epoch that was known, until the next one opens', () => {
    const frozen = frozenBy(mood(), 'xiangzhou', 9_000)
    expect(frozen).toEqual(mood({ mood: 'frozen', at_ms: 9_000 }))
    expect(laterMood(frozen, mood({ epoch: 4, at_ms: 8_000 })).mood).toBe('open')
  })

  it('stays frozen since when it was known to be', () => {
    const known = mood({ mood: 'frozen' })
    expect(frozenBy(known, 'xiangzhou', 9_000)).toBe(known)
  })
})

describe('a view of a ticket', () => {
  it('that was made after the hall froze shows that it works', () => {
    expect(provenBy(mood({ mood: 'frozen' }), 1_001)?.mood).toBe('open')
  })

  it('that was made before it froze shows nothing', () => {
    const frozen = mood({ mood: 'frozen' })
    expect(provenBy(frozen, 1_000)).toBe(frozen)
    expect(provenBy(undefined, 1_000)).toBeUndefined()
  })

  it('opens no hall that is closed for the day', () => {
    const closed = mood({ mood: 'closed' })
    expect(provenBy(closed, 9_000)).toBe(closed)
  })
})
