import { describe, expect, it } from 'vitest'

import { dueOf } from './due'

const DAY_MS = 86_400_000

describe('dueOf', () => {
  it('says what is over, what is near, and nothing where nothing was promised', () => {
    expect(dueOf(null, 0)).toBeNull()
    expect(dueOf(10, 10)).toEqual({ isOver: true, isNear: false })
    expect(dueOf(11, 10)).toEqual({ isOver: false, isNear: true })
    expect(dueOf(10 + DAY_MS, 10)).toEqual({ isOver: false, isNear: false })
  })
})
