/** What the reception shows of tickets on paper, worked out: pure. */
import type { components } from '@/generated/schema'

type S = components['schemas']

export type Slip = S['Slip']
export type PaperTicket = S['PaperTicketView']
export type PaperClass = S['PaperClass']
export type Visit = S['VisitView']

export const CLASSES: readonly PaperClass[] = ['walk_in', 'priority']

const STATES = [
  'waiting',
  'called',
  'serving',
  'on_hold',
  'abandoned',
  'finished',
  'cancelled',
  'lapsed',
] as const
export type PaperStateWord = (typeof STATES)[number] | 'other'

/** The key of the word for a ticket's state; one of a newer server, or not known yet, gets the general one. */
export function paperStateWord(state: string | null): PaperStateWord {
  return STATES.find((known) => known === state) ?? 'other'
}

/** A wait in whole minutes, at least one. */
export function minutesOf(wait: { readonly low_ms: number; readonly high_ms: number }): { low: number; high: number } {
  const minutes = (ms: number): number => Math.max(1, Math.ceil(ms / 60_000))
  return { low: minutes(wait.low_ms), high: minutes(wait.high_ms) }
}

/** An address of the picture that an `img` takes. */
export function pictureOf(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

export type VisitWord = 'visitNow' | 'visitLater' | 'visitUsed'

/** What can be done with a booked visit. */
export function visitWord(visit: Visit): VisitWord {
  if (visit.is_now) return 'visitNow'
  return visit.state === 'booked' ? 'visitLater' : 'visitUsed'
}
