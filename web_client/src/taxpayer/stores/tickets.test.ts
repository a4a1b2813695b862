// @vitest-environment jsdom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { NetworkError } from '@/shared/problem'

import { sampleCall, sampleChange, sampleTicket } from '../ticketSample'
import { useHalls } from './halls'
import { useNews } from './news'
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

  it('counts its tickets on by what happens in their lines', () => {
    const tickets = useTickets()
    tickets.take(sampleTicket({ place: 9, ahead: 3 }))
    tickets.take(sampleTicket({ ticket_id: 't2', line: { ...sampleTicket().line, line_id: 'invoices' }, ahead: 1 }))
    tickets.takeLine(sampleChange({ from_version: 1, to_version: 4, at_ms: 5_000, changes: [[4, 2, -1]] }))
    expect(tickets.byId.get('t1')).toMatchObject({ ahead: 2, version: 4 })
    expect(tickets.byId.get('t2')?.ahead).toBe(1)
    expect(tickets.freshAtMs).toBe(5_000)
  })

  it('keeps the place that was counted on when its call changes', () => {
    const tickets = useTickets()
    tickets.take(sampleTicket({ place: 9, ahead: 3, call: sampleCall('absent') }))
    tickets.takeLine(sampleChange({ changes: [[2, 2, -1]] }))
    tickets.takeCall(sampleCall('joining'))
    expect(tickets.byId.get('t1')?.ahead).toBe(2)
    expect(tickets.byId.get('t1')?.call?.legs[0].state).toBe('joining')
  })

  it('says once that an officer gave a ticket back', () => {
    const [tickets, news] = [useTickets(), useNews()]
    tickets.take(sampleTicket({ version: 2, state: 'serving', ahead: null, place: null }))
    tickets.take(sampleTicket({ version: 3, ahead: 0 }))
    expect(news.current).toMatchObject({ kind: 'requeued', ticket: { version: 3 } })
    tickets.take(sampleTicket({ version: 4, ahead: 0 }))
    expect(news.current?.ticket?.version).toBe(3)
    tickets.take(sampleTicket({ version: 5, state: 'called', ahead: null, place: null }))
    expect(news.current).toBeNull()
  })

  it('learns from a later view that a frozen hall works again', () => {
    const [tickets, halls] = [useTickets(), useHalls()]
    tickets.take(sampleTicket({ at_ms: 1_000 }))
    halls.take({ hall_id: 'xiangzhou', mood: 'frozen', epoch: 1, at_ms: 2_000 })
    tickets.take(sampleTicket({ at_ms: 1_900 }))
    expect(halls.anyFrozen).toBe(true)
    tickets.take(sampleTicket({ at_ms: 2_100, version: 2 }))
    expect(halls.anyFrozen).toBe(false)
  })

  it('changes nothing by itself when a command cannot be sent', async () => {
    const tickets = useTickets()
    const ticket = tickets.take(sampleTicket())
    // It waits for the first connect, which never comes here.
    vi.useFakeTimers()
    const refused = expect(tickets.cancel(ticket)).rejects.toBeInstanceOf(NetworkError)
    await vi.runAllTimersAsync()
    vi.useRealTimers()
    await refused
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
