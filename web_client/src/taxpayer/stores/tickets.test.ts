import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import { NetworkError } from '@/shared/problem'

import { sampleTicket } from '../ticketSample'
import { useTickets } from './tickets'

describe('the ticket store', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
  })

  it('keeps the newest view, whatever order pushes and acknowledgements come in', () => {
    const tickets = useTickets()
    tickets.take(sampleTicket({ version: 3, ahead: 1 }))
    tickets.take(sampleTicket({ version: 5, state: 'called', ahead: null }))
    const kept = tickets.take(sampleTicket({ version: 4, ahead: 0 }))
    expect(kept.state).toBe('called')
    expect(tickets.open.map((ticket) => ticket.version)).toEqual([5])
  })

  it('drops an ended ticket from the open ones and still knows its end', () => {
    const tickets = useTickets()
    tickets.take(sampleTicket({ version: 1 }))
    tickets.take(sampleTicket({ version: 2, state: 'finished', ahead: null, close_reason: 'completed' }))
    expect(tickets.open).toEqual([])
    expect(tickets.byId.get('t1')?.close_reason).toBe('completed')
  })

  it('says how old its figures are by the latest view', () => {
    const tickets = useTickets()
    tickets.take(sampleTicket({ ticket_id: 't1', at_ms: 9_000 }))
    tickets.take(sampleTicket({ ticket_id: 't2', at_ms: 7_000 }))
    expect(tickets.freshAtMs).toBe(9_000)
  })

  it('changes nothing by itself when a command cannot be sent', async () => {
    const tickets = useTickets()
    const ticket = tickets.take(sampleTicket())
    await expect(tickets.cancel(ticket)).rejects.toBeInstanceOf(NetworkError)
    expect(tickets.open).toEqual([ticket])
  })

  it('forgets everything at signing out', () => {
    const tickets = useTickets()
    tickets.take(sampleTicket())
    tickets.forget()
    expect(tickets.open).toEqual([])
    expect(tickets.loaded).toBe(false)
  })
})
