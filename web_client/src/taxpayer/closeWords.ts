/** Which words there are for how a case ended. Pure. */
import type { TicketView } from './ticketOrder'

/** Of cases with a ticket: what the ticket's own page has words for. */
export const TICKET_REASONS = [
  'completed',
  'completed_unsuccessfully',
  'not_reactivated',
  'ticket_cancelled',
  'hall_closed',
  'ticket_lost',
] as const
const REASONS = [
  ...TICKET_REASONS,
  'booking_cancelled',
  'window_missed',
  'window_missed_unreviewed',
  'window_missed_rejected',
  'not_resubmitted',
  'edit_deadline_missed',
  'withdrawn',
] as const
export type CloseWord = (typeof REASONS)[number] | 'other'
export type EndWord = (typeof TICKET_REASONS)[number] | 'other'

/** The key of the words for a reason; one of a newer server gets the general ones. */
export function closeWord(reason: string): CloseWord {
  return REASONS.find((known) => known === reason) ?? 'other'
}

/** The same for a ticket that has ended; its case may not be closed yet. */
export function endWord(ticket: TicketView): EndWord {
  const reason = ticket.close_reason
  if (reason !== null) return TICKET_REASONS.find((known) => known === reason) ?? 'other'
  if (ticket.state === 'cancelled') return 'ticket_cancelled'
  return ticket.state === 'lapsed' ? 'not_reactivated' : 'completed'
}
