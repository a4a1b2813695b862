/** What the ticket store decides, without doing it: no sockets, no clock. */
import type { components } from '@/generated/schema'

export type TicketView = components['schemas']['TicketView']
export type TicketState = components['schemas']['TicketState']
export type TicketAction = components['schemas']['TicketAction']
type CallView = components['schemas']['CallView']

export const ENDED_STATES: readonly TicketState[] = ['finished', 'cancelled', 'lapsed']

export function hasEnded(ticket: TicketView): boolean {
  return ENDED_STATES.includes(ticket.state)
}

export function may(ticket: TicketView, action: TicketAction): boolean {
  return ticket.actions.includes(action)
}

/** The one of two views of a ticket to keep: the higher version; of one version the later. */
export function newest(known: TicketView | undefined, view: TicketView): TicketView {
  if (known === undefined || view.version > known.version) return view
  if (view.version < known.version) return known
  return view.at_ms >= known.at_ms ? view : known
}

const URGENCY: readonly TicketState[] = ['called', 'serving', 'on_hold', 'abandoned', 'waiting']

/** Open tickets, the most urgent first: called, in progress, on hold, abandoned, waiting; of the same the fewest ahead. */
export function byUrgency(tickets: Iterable<TicketView>): TicketView[] {
  return [...tickets]
    .filter((ticket) => !hasEnded(ticket))
    .sort(
      (one, other) =>
        URGENCY.indexOf(one.state) - URGENCY.indexOf(other.state) ||
        (one.ahead ?? 0) - (other.ahead ?? 0) ||
        one.issued_at_ms - other.issued_at_ms,
    )
}

/** Something that asks for the taxpayer now. `key` changes when it rings anew (a recall, another call). */
export interface Ring {
  readonly kind: 'called' | 'counter' | 'invited'
  readonly key: string
  readonly ticket: TicketView
}

/** Called to a counter of the hall: answered by coming. */
export function isAtCounter(ticket: TicketView): boolean {
  return ticket.line.kind === 'onsite'
}

/**
 * What rings now, none mostly. A called ticket rings until it is answered, and again at a recall; one on site
 * is answered at its counter, where the officer says so; a call that the
 * officer opened for a ticket in progress rings while this page has neither joined nor left it.
 */
export function ringOf(tickets: Iterable<TicketView>, isKnownCall: (callId: string) => boolean): Ring | null {
  for (const ticket of byUrgency(tickets)) {
    if (may(ticket, 'confirm') || (ticket.state === 'called' && isAtCounter(ticket))) {
      return { kind: isAtCounter(ticket) ? 'counter' : 'called', key: `${ticket.ticket_id}:${ticket.call_number}:${ticket.deadline_ms ?? 0}`, ticket }
    }
    if (ticket.call !== null && may(ticket, 'join_call') && isAbsent(ticket.call) && !isKnownCall(ticket.call.call_id)) {
      return { kind: 'invited', key: ticket.call.call_id, ticket }
    }
  }
  return null
}

/** Whether this side is on no page yet: a call that another page of the same person took does not ring here. */
function isAbsent(call: CallView): boolean {
  return call.legs.every((leg) => leg.name !== 'taxpayer' || leg.state === 'absent')
}

/** Whether a page that has just loaded goes back into the ticket's call by itself: this side was in it before. */
export function rejoins(ticket: TicketView, joinedCallId: string | null): boolean {
  if (ticket.call === null || !may(ticket, 'join_call')) return false
  if (ticket.call.call_id === joinedCallId) return true
  return ticket.call.legs.some((leg) => leg.name === 'taxpayer' && leg.state !== 'absent')
}
