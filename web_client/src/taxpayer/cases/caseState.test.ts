import { describe, expect, it } from 'vitest'

import { sampleCase } from './caseSample'
import { byUrgency, dueOf, newer, progressOf, stateWord } from './caseState'

describe('the state of a case', () => {
  it('counts down to the issue window, and in it to its end', () => {
    expect(dueOf(sampleCase(), 999)).toMatchObject({ kind: 'opens', atMs: 1_000 })
    expect(dueOf(sampleCase(), 1_000)).toMatchObject({ kind: 'closes', atMs: 5_000 })
    expect(stateWord(sampleCase(), 999).key).toBe('not_due')
    expect(stateWord(sampleCase(), 1_000)).toEqual({ key: 'issuable', tone: 'good' })
  })

  it('says a rejection before anything else, in red', () => {
    const rejected = sampleCase({ review: 'rejected', resubmit_by_ms: 9_000 })
    expect(dueOf(rejected, 2_000)).toEqual({ kind: 'resubmit', atMs: 9_000, tone: 'bad' })
    expect(stateWord(rejected, 2_000)).toEqual({ key: 'rejected', tone: 'bad' })
    expect(progressOf(rejected).review).toBe('bad')
  })

  it('asks for a payment until it was sent', () => {
    const asked = sampleCase({ handling: 'serving', payment: 'asked', payment_by_ms: 7_000 })
    expect(dueOf(asked, 2_000)).toMatchObject({ kind: 'payment', tone: 'warn' })
    expect(dueOf({ ...asked, payment: 'submitted' }, 2_000)).toBeNull()
  })

  it('has four stages, of which the back office has no booking', () => {
    expect(progressOf(sampleCase())).toEqual({ form: 'done', review: 'done', booking: 'done', handling: 'now' })
    const office = sampleCase({ mode: 'backoffice', booking: 'none', review: 'pending', booked: null })
    expect(progressOf(office)).toEqual({ form: 'done', review: 'now', booking: 'ahead', handling: 'ahead' })
    expect(progressOf({ ...office, review: 'approved' }).handling).toBe('now')
    expect(progressOf(sampleCase({ form: 'draft', review: 'none', booking: 'none', booked: null })).form).toBe('now')
  })

  it('keeps the higher version', () => {
    const [old, late] = [sampleCase({ version: 3 }), sampleCase({ version: 4 })]
    expect([newer(late, old), newer(old, late), newer(undefined, old)]).toEqual([late, late, old])
  })

  it('puts what is due soonest first', () => {
    const soon = sampleCase({ case_id: 'soon', review: 'rejected', resubmit_by_ms: 500 })
    const never = sampleCase({ case_id: 'never', handling: 'serving' })
    expect(byUrgency([never, sampleCase(), soon], 2_000).map((one) => one.case_id)).toEqual(['soon', 'c1', 'never'])
  })
})
