import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { clock } from '@/shared/clock'
import type { CallView } from '@/shared/call/types'
import { isRefusal, NetworkError, Problem } from '@/shared/problem'

import { takeAnswer } from '../firstAnswer'
import { socket } from '../socket'
import { remember, withChange, withView, type LineChanged, type Tracked } from '../linePlaces'
import { randomPause, Rewatch } from '../rewatch'
import { newsOf } from '../ticketNews'
import { byUrgency, hasEnded, type TicketView } from '../ticketOrder'
import { useHalls } from './halls'
import { useNews } from './news'

type Doors = components['schemas']['Doors']
type ConsultRequest = components['schemas']['ConsultRequest']

function askHome(instead: { fetch?: () => Promise<Response> } = {}) {
  return result(api.GET('/api/v1/taxpayer/home', instead))
}

/** The taxpayer's tickets, live: pushes, acknowledgements and answers all come together here. */
export const useTickets = defineStore('tickets', () => {
  const halls = useHalls()
  const news = useNews()
  /** What the pages show of each ticket. */
  const byId = shallowReactive(new Map<string, TicketView>())
  const tracked = new Map<string, Tracked>()
  const recentOfLine = new Map<string, readonly LineChanged[]>()
  const rewatch = new Rewatch(
    (ticketId) => tracked.get(ticketId)?.missed === true && socket.state.value === 'connected',
    watchQuietly,
    randomPause,
  )
  const loaded = ref(false)
  const openCases = ref(0)
  const closedCases = ref(0)
  /** What is behind the doors of home. */
  const doors = ref<Doors | null>(null)
  /** When the figures on the page are from, on the server's clock. */
  const freshAtMs = ref(0)
  const open = computed(() => byUrgency(byId.values()))
  let resynchronising: Promise<void> | null = null

  function keep(ticketId: string, next: Tracked): TicketView {
    tracked.set(ticketId, next)
    byId.set(ticketId, next.shown)
    freshAtMs.value = Math.max(freshAtMs.value, next.shown.at_ms)
    if (next.missed) void rewatch.ask(ticketId)
    return next.shown
  }

  function take(view: TicketView): TicketView {
    clock.observe(view.at_ms)
    halls.proven(view.hall.hall_id, view.at_ms)
    const known = tracked.get(view.ticket_id)
    const kept = keep(view.ticket_id, withView(known, view, recentOfLine.get(view.line.line_id) ?? []))
    const kind = newsOf(known?.shown, kept)
    if (kind === null) news.outlive(kept)
    else news.tell({ kind, ticket: kept })
    return kept
  }

  /** The places of a line moved. */
  function takeLine(change: LineChanged): void {
    clock.observe(change.at_ms)
    recentOfLine.set(change.line_id, remember(recentOfLine.get(change.line_id) ?? [], change))
    for (const [ticketId, known] of tracked) {
      const next = withChange(known, change)
      if (next !== known) keep(ticketId, next)
    }
  }

  /** The call of a ticket changes more often than the ticket, and is pushed by itself. Its end comes with the ticket. */
  function takeCall(view: CallView): void {
    // One that was asked for in a conversation has no ticket.
    if (view.ticket_id === null) return
    const known = tracked.get(view.ticket_id)
    if (known?.view.call?.call_id !== view.call_id || view.state === 'ended') return
    keep(view.ticket_id, { ...known, view: { ...known.view, call: view }, shown: { ...known.shown, call: view } })
  }

  async function watch(ticketId: string): Promise<void> {
    const hallId = byId.get(ticketId)?.hall.hall_id
    const answer = socket.command('ticket.watch', { ticket_id: ticketId })
    take(await (hallId === undefined ? answer : halls.listen(hallId, answer)))
  }

  /** For what was missed; a refusal waits for the next change, the hall's news, or the next connect. */
  async function watchQuietly(ticketId: string): Promise<void> {
    try {
      await watch(ticketId)
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }

  /** Everything anew: the open tickets, and those on a page of which the end was missed. */
  async function load(): Promise<void> {
    takeHome(await halls.listen(null, askHome()))
  }

  /**
   * What was asked for while the client's code was on its way, where it was and came: the home page opens with it.
   * Whoever follows the tickets from here on asks anew, for what changed in between.
   */
  async function loadAhead(): Promise<void> {
    const answer = await takeAnswer('/api/v1/taxpayer/home')
    if (answer?.ok !== true || loaded.value) return
    takeHome(await askHome({ fetch: () => Promise.resolve(answer) }))
  }

  function takeHome(home: Awaited<ReturnType<typeof askHome>>): void {
    openCases.value = home.open_cases
    closedCases.value = home.closed_cases
    doors.value = home.doors
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
        tracked.delete(ticket.ticket_id)
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

  /** The same after news of a hall, which all of its pages hear in one moment. None while the socket is away. */
  async function resynchroniseSoon(): Promise<void> {
    resynchronising ??= randomPause().then(async () => {
      resynchronising = null
      if (socket.state.value === 'connected') await resynchronise()
    })
    await resynchronising
  }

  /** Take a consult ticket. `ticketId` is made by the page once, so that pressing again cannot make a second one. */
  async function takeConsult(hallId: string, request: ConsultRequest): Promise<TicketView> {
    const answer = result(api.POST('/api/v1/taxpayer/consults', { body: request }))
    const view = take((await halls.listen(hallId, answer)) as TicketView)
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
    return take(await halls.listen(ticket.hall.hall_id, socket.command('ticket.confirm', named)))
  }

  async function reactivate(ticket: TicketView): Promise<TicketView> {
    const answer = socket.command('ticket.reactivate', { ticket_id: ticket.ticket_id })
    return take(await halls.listen(ticket.hall.hall_id, answer))
  }

  async function cancel(ticket: TicketView): Promise<TicketView> {
    const answer = socket.command('ticket.cancel', { ticket_id: ticket.ticket_id })
    return take(await halls.listen(ticket.hall.hall_id, answer))
  }

  /** It is followed no more: somebody unbound it. */
  function letGo(ticketId: string): void {
    tracked.delete(ticketId)
    byId.delete(ticketId)
  }

  function forget(): void {
    byId.clear()
    tracked.clear()
    recentOfLine.clear()
    loaded.value = false
    openCases.value = 0
    closedCases.value = 0
    doors.value = null
  }

  return {
    byId,
    loaded,
    openCases,
    closedCases,
    doors,
    freshAtMs,
    open,
    take,
    takeLine,
    takeCall,
    load,
    loadAhead,
    watch,
    resynchronise,
    resynchroniseSoon,
    takeConsult,
    confirm,
    reactivate,
    cancel,
    letGo,
    forget,
  }
})
