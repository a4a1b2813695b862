/** What the board shows of a view, worked out: pure, the clock is an argument. */
import type { components } from '@/generated/schema'

type S = components['schemas']

export type BoardView = S['BoardView']
export type BoardLine = S['BoardLine']
export type DeskView = S['DeskView']
export type HeldTicket = S['HeldTicket']
export type WaitingTicket = S['WaitingTicket']
export type OfficerView = S['OfficerView']
export type CallView = S['CallView']
export type DeskAction = S['DeskAction']
export type DeskState = S['DeskState']
export type BreakReason = S['BreakReason']
export type OnBreak = S['OnBreak']
export type TicketOnHold = S['TicketOnHold']
export type LineView = S['LineView']
export type LineName = S['LineName']

/** A ticket with its latest call: what commands on it are sent with. 0: it was never called. */
export interface TicketCall {
  readonly ticket_id: string
  readonly call_number: number
}

/** A wait as long as this fills the bar of its line; from the second one on it is coloured as long. */
const FULL_WAIT_MS = 20 * 60_000
const LONG_WAIT_MS = 15 * 60_000

/** The ticket that `queue.call_next` would call: the first of the first line, in the order of signing on. */
export function nextTicket(board: BoardView | null, lineIds: readonly string[]): WaitingTicket | null {
  for (const lineId of lineIds) {
    const ticket = board?.lines.find((each) => each.line.line_id === lineId)?.first[0]
    if (ticket !== undefined) return ticket
  }
  return null
}

export function waitingInAll(board: BoardView | null): number {
  return (board?.lines ?? []).reduce((sum, line) => sum + line.waiting, 0)
}

export interface Wait {
  readonly ms: number
  /** 0..1 of the bar. */
  readonly share: number
  readonly long: boolean
}

export function waitSince(sinceMs: number | null, nowMs: number): Wait {
  const ms = sinceMs === null ? 0 : Math.max(0, nowMs - sinceMs)
  return { ms, share: Math.min(1, ms / FULL_WAIT_MS), long: ms >= LONG_WAIT_MS }
}

const REFUSALS = ['signed_off', 'on_break', 'holds_ticket', 'nobody_waits', 'hall_frozen'] as const
export type RefusalWord = (typeof REFUSALS)[number] | 'other'

/** The key of the sentence for a refusal's code; a code of a newer server gets the general one. */
export function refusalWord(code: string): RefusalWord {
  return REFUSALS.find((known) => known === code) ?? 'other'
}

const PRIORITIES = ['reactivated', 'booked', 'priority', 'walk_in'] as const
export type PriorityWord = (typeof PRIORITIES)[number]

export function priorityWord(ticket: WaitingTicket): PriorityWord {
  if (ticket.reactivated) return 'reactivated'
  return PRIORITIES.find((known) => known === ticket.priority) ?? 'walk_in'
}

const DESK_STATES = ['signed_off', 'ready', 'called', 'serving', 'wrap_up', 'break'] as const
export type DeskWord = (typeof DESK_STATES)[number] | 'other'

/** The key of the word for a desk's state; one of a newer server gets the general one. */
export function deskWord(state: string): DeskWord {
  return DESK_STATES.find((known) => known === state) ?? 'other'
}

/** In the order in which they are offered. */
export const BREAK_REASONS: readonly BreakReason[] = ['rest', 'lunch', 'meeting', 'training', 'other']

/** What a break is for, in words: those that the officer wrote, else those of the reason. */
export function breakWord(onBreak: OnBreak, t: (key: string) => string): string {
  return onBreak.text === '' ? t(`breaks.reasons.${onBreak.reason}`) : onBreak.text
}

/** Seconds until a recall is allowed, 0 when it is. */
export function recallInSeconds(held: HeldTicket, nowMs: number): number {
  if (held.recall_not_before_ms === null) return 0
  return Math.max(0, Math.ceil((held.recall_not_before_ms - nowMs) / 1000))
}

/** The later of two views: pushes and acknowledgements may overtake each other. */
export function later<V extends { readonly at_ms: number }>(known: V | null, view: V): V {
  return known !== null && known.at_ms > view.at_ms ? known : view
}

/** Why nothing can be done with a waiting ticket but look at it; none where it can be given to another line. */
export function transferRefused(state: DeskState): RefusalWord | null {
  if (state === 'signed_off') return 'signed_off'
  return state === 'break' ? 'on_break' : null
}

/** The lines that a ticket of this one can be given to: on site to on site, and from elsewhere to elsewhere. */
export function linesForTransfer(lines: readonly LineView[], from: LineName): LineView[] {
  const onSite = from.kind === 'onsite'
  return lines.filter((line) => line.line_id !== from.line_id && (line.kind === 'onsite') === onSite)
}

export type CallStep = 'preview' | 'join' | 'wait' | 'leave'

/** What the desk's ticket asks of the call engine. */
export function callStep(held: HeldTicket | null, hasLeft: (callId: string) => boolean): CallStep {
  // On site people come to the counter: there is no video.
  if (held === null || held.line.kind === 'onsite') return 'leave'
  if (held.state === 'called') return 'preview'
  if (held.state !== 'serving') return 'leave'
  const { call } = held
  return call === null || call.state === 'ended' || hasLeft(call.call_id) ? 'wait' : 'join'
}
