/** Where a ticket stands in its line, counted on from the latest view by what happened in the line since. Pure. */
import type { components } from '@/generated/schema'

import { newest, type TicketView } from './ticketOrder'
import { estimateWait } from './waitEstimate'

export type LineChanged = components['schemas']['LineChanged']

/** So many of a line's latest changes are kept: a view that they overtook is counted on from where it is. */
export const RECENT_CHANGES = 8

/** A ticket as the page knows it. */
export interface Tracked {
  /** The latest whole view. */
  readonly view: TicketView
  /** The same with its place counted on: what the page shows. Its `version` is that of the count. */
  readonly shown: TicketView
  /** Something is missing between the two: only the server knows the place. */
  readonly missed: boolean
}

export function remember(recent: readonly LineChanged[], change: LineChanged): readonly LineChanged[] {
  return [...recent, change].slice(-RECENT_CHANGES)
}

/** After a whole view: the newest one stays, and the changes that came before it are counted in. */
export function withView(known: Tracked | undefined, view: TicketView, recent: readonly LineChanged[]): Tracked {
  const latest = newest(known?.view, view)
  if (known !== undefined && latest === known.view) return known
  return recent.reduce<Tracked>(withChange, { view: latest, shown: latest, missed: false })
}

/** After a change of a line. */
export function withChange(tracked: Tracked, change: LineChanged): Tracked {
  const shown = countOn(tracked.shown, change)
  if (shown === tracked.shown) return tracked
  return shown === null ? { ...tracked, missed: true } : { ...tracked, shown }
}

/** The ticket after the change, itself where it is not concerned; none where the change does not say its place. */
function countOn(ticket: TicketView, change: LineChanged): TicketView | null {
  const { place } = ticket
  if (!concerns(ticket, change) || place === null || ticket.ahead === null) return ticket
  if (change.to_version <= ticket.version) return ticket
  if (change.from_version > ticket.version) return null
  const since = change.changes.filter(([version]) => version > ticket.version)
  // The ticket itself has left its place: its own view says where it is.
  if (since.some(([, moved]) => moved === place)) return null
  const ahead = since.reduce((sum, [, moved, step]) => (moved < place ? sum + step : sum), ticket.ahead)
  if (ahead < 0) return null
  return {
    ...ticket,
    ahead,
    waiting: change.waiting,
    wait: change.pace === null ? null : estimateWait(change.pace, ahead),
    version: change.to_version,
    at_ms: change.at_ms,
  }
}

function concerns(ticket: TicketView, change: LineChanged): boolean {
  return (
    ticket.state === 'waiting' && ticket.hall.hall_id === change.hall_id && ticket.line.line_id === change.line_id
  )
}
