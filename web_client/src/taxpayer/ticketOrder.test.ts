import { describe, expect, it } from 'vitest'

import { byUrgency, hasEnded, newest, rejoins, ringOf } from './ticketOrder'
import { sampleCall, sampleTicket } from './ticketSample'

const unknown = (): boolean => false

describe('of two views of a ticket', () => {
  it('the higher version stays, whichever comes first', () => {
    const older = sampleTicket({ version: 4, ahead: 2 })
    const newer = sampleTicket({ version: 5, ahead: 1 })
    expect(newest(older, newer)).toBe(newer)
    expect(newest(newer, older)).toBe(newer)
  })

  it('the later one stays where the versions are the same', () => {
    const earlier = sampleTicket({ at_ms: 10, call: sampleCall('absent') })
    const later = sampleTicket({ at_ms: 11, call: null })
    expect(newest(earlier, later)).toBe(later)
    expect(newest(later, earlier)).toBe(later)
  })

  it('the first one is kept', () => {
    const first = sampleTicket()
    expect(newest(undefined, first)).toBe(first)
  })

  it('an old version with a late time does not come back', () => {
    const known = sampleTicket({ version: 9, at_ms: 10, state: 'called' })
    expect(newest(known, sampleTicket({ version: 8, at_ms: 99 }))).toBe(known)
  })
})

describe('open tickets', () => {
  it('stand by urgency, ended ones left out', () => {
    const tickets = [
      sampleTicket({ ticket_id: 'far', ahead: 7 }),
      sampleTicket({ ticket_id: 'over', state: 'finished', ahead: null }),
      sampleTicket({ ticket_id: 'given-up', state: 'abandoned', ahead: null }),
      sampleTicket({ ticket_id: 'near', ahead: 1 }),
      sampleTicket({ ticket_id: 'aside', state: 'on_hold', ahead: null }),
      sampleTicket({ ticket_id: 'called', state: 'called', ahead: null }),
      sampleTicket({ ticket_id: 'serving', state: 'serving', ahead: null }),
    ]
    expect(byUrgency(tickets).map((ticket) => ticket.ticket_id)).toEqual([
      'called',
      'serving',
      'aside',
      'given-up',
      'near',
      'far',
    ])
  })

  it.each(['finished', 'cancelled', 'lapsed'] as const)('do not count %s ones', (state) => {
    expect(hasEnded(sampleTicket({ state }))).toBe(true)
  })
})

describe('a ring', () => {
  const called = sampleTicket({ state: 'called', ahead: null, call_number: 1, deadline_ms: 60_000, actions: ['confirm'] })
  const serving = sampleTicket({ state: 'serving', ahead: null, actions: ['join_call'], call: sampleCall('absent') })

  it('comes from a called ticket that may be confirmed', () => {
    expect(ringOf([sampleTicket({ ticket_id: 't2' }), called], unknown)).toMatchObject({ kind: 'called', ticket: called })
  })

  it('comes from one that is called to a counter, which is answered by coming', () => {
    const line = { ...called.line, kind: 'onsite' as const }
    const atCounter = { ...called, line, counter: '3', actions: [] }
    expect(ringOf([atCounter], unknown)).toMatchObject({ kind: 'counter', ticket: atCounter })
    expect(ringOf([{ ...atCounter, state: 'serving' as const }], unknown)).toBeNull()
  })

  it('does not come from a called ticket past its time', () => {
    expect(ringOf([{ ...called, actions: [] }], unknown)).toBeNull()
  })

  it('stays the same while other people move, and is new at a recall and at the next call', () => {
    const key = ringOf([called], unknown)?.key
    expect(ringOf([{ ...called, version: 12, at_ms: 5_000 }], unknown)?.key).toBe(key)
    expect(ringOf([{ ...called, deadline_ms: 70_000 }], unknown)?.key).not.toBe(key)
    expect(ringOf([{ ...called, call_number: 2 }], unknown)?.key).not.toBe(key)
  })

  it('comes from a call that the officer opened again, until this page knows it', () => {
    expect(ringOf([serving], unknown)).toMatchObject({ kind: 'invited', key: 'call1' })
    expect(ringOf([serving], (callId) => callId === 'call1')).toBeNull()
  })

  it('does not come from a call that another page of the same person has', () => {
    expect(ringOf([{ ...serving, call: sampleCall('joining') }], unknown)).toBeNull()
    expect(ringOf([{ ...serving, call: sampleCall('connected') }], unknown)).toBeNull()
  })
})

describe('a page that has just loaded', () => {
  const serving = sampleTicket({ state: 'serving', ahead: null, actions: ['join_call'], call: sampleCall('absent') })

  it('goes back into the call that this browser had joined', () => {
    expect(rejoins(serving, 'call1')).toBe(true)
  })

  it('goes back into a call that this side was in, from another browser', () => {
    expect(rejoins({ ...serving, call: sampleCall('silent') }, null)).toBe(true)
  })

  it('asks before it joins a call for the first time', () => {
    expect(rejoins(serving, null)).toBe(false)
    expect(rejoins(serving, 'another')).toBe(false)
  })

  it('stays out of a call that may not be joined', () => {
    expect(rejoins({ ...serving, actions: [] }, 'call1')).toBe(false)
    expect(rejoins({ ...serving, call: null }, 'call1')).toBe(false)
  })
})
