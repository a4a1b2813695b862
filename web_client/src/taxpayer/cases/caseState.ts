/** What a case's page shows of its state, without a clock or a socket: pure. */
import type { components } from '@/generated/schema'

export type CaseSummary = components['schemas']['CaseSummary']
export type CaseEvent = components['schemas']['Event']

export const STAGES = ['form', 'review', 'booking', 'handling'] as const
export type Stage = (typeof STAGES)[number]
export type Progress = 'done' | 'now' | 'ahead' | 'bad'
export type Tone = '' | 'good' | 'warn' | 'bad'

export function may(view: CaseSummary, action: CaseEvent): boolean {
  return view.actions.includes(action)
}

/** The one of two views of a case to keep. */
export function newer(known: CaseSummary | undefined, view: CaseSummary): CaseSummary {
  return known !== undefined && known.version > view.version ? known : view
}

/** How far each stage is, for the four bars and the timeline. */
export function progressOf(view: CaseSummary): Readonly<Record<Stage, Progress>> {
  const isSubmitted = view.form === 'submitted'
  const isApproved = view.review === 'approved'
  const isRejected = view.review === 'rejected'
  const isBooked = view.booking === 'booked'
  const isDone = view.handling === 'done'
  const review = isRejected ? 'bad' : isApproved ? 'done' : isSubmitted ? 'now' : 'ahead'
  const bookingOfOffice = view.mode === 'backoffice' ? (isApproved ? 'done' : 'ahead') : null
  const booking = bookingOfOffice ?? (isBooked ? 'done' : view.booking === 'cancelled' ? 'now' : 'ahead')
  const isHandled = isApproved && (isBooked || view.mode === 'backoffice')
  return {
    form: isSubmitted ? 'done' : 'now',
    review,
    booking,
    handling: isDone ? 'done' : isHandled ? 'now' : 'ahead',
  }
}

export type DueKind = 'resubmit' | 'edit' | 'payment' | 'opens' | 'closes' | 'rebook' | 'promised'

/** What the clock says of a case: the most urgent deadline, and how it is to be read. */
export interface Due {
  readonly kind: DueKind
  readonly atMs: number
  readonly tone: Tone
}

const PAYABLE: readonly CaseSummary['payment'][] = ['asked', 'returned']
const BEFORE_TICKET: readonly CaseSummary['handling'][] = ['none', 'not_due', 'issuable']

/** The deadline that counts now; none where nobody has to hurry. */
export function dueOf(view: CaseSummary, nowMs: number): Due | null {
  if (view.closed_at_ms !== null) return null
  if (view.review === 'rejected' && view.resubmit_by_ms !== null) return { kind: 'resubmit', atMs: view.resubmit_by_ms, tone: 'bad' }
  if (view.handling === 'editing' && view.edit_by_ms !== null) return { kind: 'edit', atMs: view.edit_by_ms, tone: 'bad' }
  if (PAYABLE.includes(view.payment) && view.payment_by_ms !== null) return { kind: 'payment', atMs: view.payment_by_ms, tone: 'warn' }
  if (view.booked !== null && BEFORE_TICKET.includes(view.handling)) {
    if (nowMs < view.booked.window_opens_ms) return { kind: 'opens', atMs: view.booked.window_opens_ms, tone: '' }
    return { kind: 'closes', atMs: view.booked.window_closes_ms, tone: 'good' }
  }
  if (view.booking === 'cancelled' && view.rebook_by_ms !== null) return { kind: 'rebook', atMs: view.rebook_by_ms, tone: 'warn' }
  if (view.promised_by_ms !== null) return { kind: 'promised', atMs: view.promised_by_ms, tone: '' }
  return null
}

/** The word for where a case is: the key of its text, and its tone. */
export function stateWord(view: CaseSummary, nowMs: number): { key: string; tone: Tone } {
  if (view.closed_at_ms !== null) return { key: 'closed', tone: '' }
  if (view.form !== 'submitted' && view.review === 'none') return { key: 'draft', tone: '' }
  if (view.review === 'rejected') return { key: 'rejected', tone: 'bad' }
  if (view.payment === 'asked' || view.payment === 'returned') return { key: `payment_${view.payment}`, tone: 'warn' }
  if (view.review === 'pending') return { key: 'pending', tone: '' }
  if (view.booking === 'cancelled') return { key: 'rebook', tone: 'warn' }
  const due = dueOf(view, nowMs)
  if (due?.kind === 'closes') return { key: 'issuable', tone: 'good' }
  return { key: view.handling, tone: HANDLING_TONES[view.handling] ?? '' }
}

const HANDLING_TONES: Partial<Record<CaseSummary['handling'], Tone>> = {
  queued: 'good',
  called: 'warn',
  serving: 'good',
  on_hold: 'warn',
  abandoned: 'bad',
  editing: 'bad',
  done: 'good',
}

/** Open cases, those of which something is due soonest first. */
export function byUrgency(views: Iterable<CaseSummary>, nowMs: number): CaseSummary[] {
  const urgency = (view: CaseSummary): number => {
    const due = dueOf(view, nowMs)
    return due === null ? Number.MAX_SAFE_INTEGER : due.atMs
  }
  return [...views].sort((one, other) => urgency(one) - urgency(other) || other.opened_at_ms - one.opened_at_ms)
}
