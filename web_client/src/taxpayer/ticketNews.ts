/** What happened to a ticket that its page says once, politely, wherever the reader is. Pure. */
import type { TicketState, TicketView } from './ticketOrder'

export type TicketNews = 'requeued' | 'transferred' | 'renumbered'

/** Taken up by an officer: it waits again only because somebody put it back. */
const TAKEN_UP: readonly TicketState[] = ['called', 'serving', 'on_hold']

export function newsOf(before: TicketView | undefined, after: TicketView): TicketNews | null {
  if (before === undefined || after.state !== 'waiting') return null
  // Lost by the queue before it was recorded, and issued again (docs/QUEUE.md).
  if (before.number !== after.number) return 'renumbered'
  if (before.line.line_id !== after.line.line_id) return 'transferred'
  return TAKEN_UP.includes(before.state) ? 'requeued' : null
}
