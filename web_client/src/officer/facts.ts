import { callLength, timeOfDay } from '@/shared/format'

import type { HeldTicket } from './board'
import type { Fact } from './components/FactList.vue'

type Translate = (key: string) => string

/** What an officer should know of the ticket in hand, in reading order; what is not known yet is left out. */
export function factsOf(held: HeldTicket, timeZone: string, t: Translate): Fact[] {
  const at = (ms: number | null): string | null => (ms === null ? null : timeOfDay(ms, timeZone, true))
  const waitedMs = held.called_at_ms === null ? null : held.called_at_ms - held.issued_at_ms
  const all: [string, string | null][] = [
    ['question', held.question === '' ? null : held.question],
    ['certificate', certificateOf(held, t)],
    ['issuedAt', at(held.issued_at_ms)],
    ['waited', waitedMs === null ? null : callLength(waitedMs)],
    ['calledAt', at(held.called_at_ms)],
    ['confirmedAt', at(held.confirmed_at_ms)],
  ]
  return all.flatMap(([key, value]) => (value === null ? [] : [{ name: t(`facts.${key}`), value }]))
}

/** None of a ticket on paper that nobody has bound. */
function certificateOf(held: HeldTicket, t: Translate): string | null {
  return held.certificate_type === null ? null : `${t(`certificate.${held.certificate_type}`)} ${held.number_masked}`
}
