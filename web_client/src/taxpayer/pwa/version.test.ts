import { describe, expect, it } from 'vitest'

import { isOtherVersion } from './version'

const PAGE = '<head><script type="module" crossorigin src="/assets/taxpayer-B2.js"></script></head>'

describe('the page that the server gives', () => {
  it('is another version where its script is another one', () => {
    expect(isOtherVersion(PAGE, '/assets/taxpayer-A1.js')).toBe(true)
    expect(isOtherVersion(PAGE, '/assets/taxpayer-B2.js')).toBe(false)
  })

  it('says nothing where it is not ours, or this one was not built', () => {
    expect(isOtherVersion('<h1>Please sign in to this network</h1>', '/assets/taxpayer-A1.js')).toBe(false)
    expect(isOtherVersion(PAGE, '')).toBe(false)
  })
})
