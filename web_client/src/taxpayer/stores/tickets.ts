import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { clock } from '@/shared/clock'
import type { CallView } from '@/shared/call/types'
import { isRefusal, NetworkError, Problem } from '@/shared/problem'

import { socket } from '../socket'
import { byUrgency, hasEnded, newest, type TicketView } from '../ticketOrder'

type ConsultRequest = components['schemas']['ConsultRequest']

/** The taxpayer's tickets, live: pushes, acknowledgements and answers all come together here. */
export const useTickets = defineStore('tickets', () => {
  const byId = shallowReactive(new Map<string, TicketView>())
  const loaded = ref(false)
  const openCases = ref(0)
  const closedCases = ref(0)
  /** When the figures on the page are from, on the server's clock. */
  const freshAtMs = ref(0)
  const open = computed(() => byUrgency(byId.values()))

  function take(view: TicketView): TicketView {
    clock.observe(view.at_ms)
    freshAtMs.value = Math.max(freshAtMs.value, view.at_ms)
    const kept = newest(byId.get(view.ticket_id), view)
    byId.set(view.ticket_id, kept)
    return kept
  }

  /** The call of a ticket changes more often than the ticket, and is pushed by itself. Its end comes with the ticket. */
  function takeCall(view: CallView): void {
    const ticket = byId.get(view.ticket_id)
    if (ticket?.call?.call_id !== view.call_id || view.state === 'ended') return
    byId.set(view.ticket_id, { ...ticket, call: view })
  }

  async function watch(ticketId: string): Promise<void> {
    take(await socket.command('ticket.watch', { ticket_id: ticketId }))
  }

  /** Everything anew: the open tickets, and those on a page of which the end was missed. */
  async function load(): Promise<void> {
    const home = await result(api.GET('/api/v1/taxpayer/home'))
    openCases.value = home.open_cases
    closedCases.value = home.closed_cases
    // The client's types lose that `legs` has two entries.
    for (const view of home.tickets as TicketView[]) take(view)
    freshAtMs.value = Math.max(freshAtMs.value, home.at_ms)
    loaded.value = true
  }

  async function watchAll(): Promise<void> {
    const unfinished = [...byId.values()].filter((ticket) => !hasEnded(ticket))
    const watched = await Promise.allSettled(unfinished.map((ticket) => watch(ticket.ticket_id)))
    unfinished.forEach((ticket, index) => {
      const outcome = watched[index]
      // Refused: it is not there (any more), and a page that still showed it would lie.
      if (outcome?.status === 'rejected' && outcome.reason instanceof Problem && outcome.reason.status === 404) {
        byId.delete(ticket.ticket_id)
      }
    })
  }

  /** After every connect: what was missed is made good. A failure waits for the next connect. */
  async function resynchronise(): Promise<void> {
    try {
      await load()
      await watchAll()
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  /** Take a consult ticket. `ticketId` is made by the page once, so that pressing again cannot make a second one. */
  async function takeConsult(request: ConsultRequest): Promise<TicketView> {
    const view = take((await result(api.POST('/api/v1/taxpayer/consults', { body: request }))) as TicketView)
    openCases.value += 1
    try {
      await watch(view.ticket_id)
    } catch (error) {
      // The next connect watches every open ticket.
      if (!(error instanceof NetworkError)) throw error
    }
    return view
  }

  async function confirm(ticket: TicketView): Promise<TicketView> {
    const named = { ticket_id: ticket.ticket_id, call_number: ticket.call_number }
    return take(await socket.command('ticket.confirm', named))
  }

  async function reactivate(ticket: TicketView): Promise<TicketView> {
    return take(await socket.command('ticket.reactivate', { ticket_id: ticket.ticket_id }))
  }

  async function cancel(ticket: TicketView): Promise<TicketView> {
    return take(await socket.command('ticket.cancel', { ticket_id: ticket.ticket_id }))
  }

  function forget(): void {
    byId.clear()
    loaded.value = false
    openCases.value = 0
    closedCases.value = 0
  }

  return {
    byId,
    loaded,
    openCases,
    closedCases,
    freshAtMs,
    open,
    take,
    takeCall,
    load,
    watch,
    resynchronise,
    takeConsult,
    confirm,
    reactivate,
    cancel,
    forget,
  }
})
