/** Which words there are for how a case ended. Pure. */
import type { TicketView } from './ticketOrder'

const REASONS = ['completed', 'completed_unsuccessfully', 'not_reactivated', 'ticket_cancelled', 'hall_closed'] as const
export type CloseWord = (typeof REASONS)[number] | 'other'

/** The key of the words for a reason; one of a newer server gets the general ones. */
export function closeWord(reason: string): CloseWord {
  return REASONS.find((known) => known === reason) ?? 'other'
}

/** The same for a ticket that has ended; its case may not be closed yet. */
export function endWord(ticket: TicketView): CloseWord {
  if (ticket.close_reason !== null) return closeWord(ticket.close_reason)
  if (ticket.state === 'cancelled') return 'ticket_cancelled'
  return ticket.state === 'lapsed' ? 'not_reactivated' : 'completed'
}
