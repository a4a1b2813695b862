import { describe, expect, it } from 'vitest'

import { newsOf } from './ticketNews'
import { sampleTicket } from './ticketSample'

const elsewhere = { ...sampleTicket().line, line_id: 'invoices', letter: 'B' }

describe('news of a ticket', () => {
  it.each(['called', 'serving', 'on_hold'] as const)('is that it went back to its line (%s before)', (state) => {
    expect(newsOf(sampleTicket({ state }), sampleTicket())).toBe('requeued')
  })

  it.each(['waiting', 'called', 'serving', 'on_hold'] as const)('is that it went to another line (%s before)', (state) => {
    expect(newsOf(sampleTicket({ state }), sampleTicket({ line: elsewhere }))).toBe('transferred')
  })

  it('is that it has another number since it was issued again', () => {
    expect(newsOf(sampleTicket({ number: 'C005' }), sampleTicket({ number: 'C006' }))).toBe('renumbered')
  })

  it('is not that the reader took it back', () => {
    expect(newsOf(sampleTicket({ state: 'abandoned' }), sampleTicket())).toBeNull()
  })

  it('is not that the people ahead move, nor that it is called', () => {
    expect(newsOf(sampleTicket(), sampleTicket({ ahead: 1 }))).toBeNull()
    expect(newsOf(sampleTicket(), sampleTicket({ state: 'called' }))).toBeNull()
  })

  it('is nothing on a page that has just loaded', () => {
    expect(newsOf(undefined, sampleTicket())).toBeNull()
  })
})
