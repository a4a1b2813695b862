/** What a call is of: a ticket, or the conversation of a case. Pages know either by one word. Pure. */
import type { RouteLocationRaw } from 'vue-router'

import type { CallSnapshot } from '@/shared/call/types'

export type CallPlace =
  | { readonly kind: 'ticket'; readonly ticketId: string }
  | { readonly kind: 'case'; readonly caseId: string }

/** No id has a colon in it. */
const OF_CASE = 'case:'

export function wordOf(place: CallPlace): string {
  return place.kind === 'ticket' ? place.ticketId : `${OF_CASE}${place.caseId}`
}

export function placeOf(word: string): CallPlace {
  return word.startsWith(OF_CASE) ? { kind: 'case', caseId: word.slice(OF_CASE.length) } : { kind: 'ticket', ticketId: word }
}

/** The word of the call that this page is in; null where it is in none. */
export function placeOfCall({ ticketId, caseId }: Pick<CallSnapshot, 'ticketId' | 'caseId'>): string | null {
  if (ticketId !== null) return wordOf({ kind: 'ticket', ticketId })
  return caseId === null ? null : wordOf({ kind: 'case', caseId })
}

/** The page of its call. */
export function routeOf(word: string): RouteLocationRaw {
  const place = placeOf(word)
  return place.kind === 'ticket'
    ? { name: 'call', params: { ticketId: place.ticketId } }
    : { name: 'video', params: { caseId: place.caseId } }
}
