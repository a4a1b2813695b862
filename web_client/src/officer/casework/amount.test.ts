import { describe, expect, it } from 'vitest'

import { fenOfTyped } from './amount'

describe('fenOfTyped', () => {
  it.each([
    ['126.40', 12_640],
    ['126.4', 12_640],
    ['1,234', 123_400],
    [' ￥0.01 ', 1],
    ['12。5', 1_250],
    ['99999999999.99', 9_999_999_999_999],
    ['1.15', 115],
  ])('takes %s', (typed, fen) => expect(fenOfTyped(typed)).toBe(fen))

  it.each(['', '0', '0.00', '-1', '1.234', '1.', 'abc', '1e3', '999999999999'])('refuses %s', (typed) =>
    expect(fenOfTyped(typed)).toBeNull(),
  )
})
