/** When somebody should not miss their turn: pure. */
import type { TicketView } from '../ticketOrder'

/** So many people ahead, or fewer: the screen is kept on, so that the page goes on and rings. */
export const NEAR_FRONT_AHEAD = 3

export function isNearFront(ticket: TicketView): boolean {
  return ticket.state === 'called' || (ticket.state === 'waiting' && (ticket.ahead ?? Infinity) <= NEAR_FRONT_AHEAD)
}
