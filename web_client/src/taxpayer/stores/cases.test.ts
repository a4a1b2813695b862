// @vitest-environment jsdom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import { sampleCase } from '../cases/caseSample'
import { useCases } from './cases'

describe('the case store', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('keeps the newest view of a case, whatever order answers come in', () => {
    const cases = useCases()
    cases.take(sampleCase({ version: 2, review: 'approved' }))
    cases.take(sampleCase({ version: 1, review: 'pending' }))
    expect(cases.open.map((one) => [one.version, one.review])).toEqual([[2, 'approved']])
  })

  it('counts what is unread over all open cases', () => {
    const cases = useCases()
    cases.take(sampleCase({ unread: 2 }))
    cases.take(sampleCase({ case_id: 'c2', unread: 1 }))
    cases.setUnread('c1', 0)
    expect(cases.unread).toBe(1)
  })

  it('has no closed case among the open ones', () => {
    const cases = useCases()
    cases.take(sampleCase({ version: 5, closed_at_ms: 9, close_reason: 'completed' }))
    expect(cases.open).toEqual([])
  })
})
