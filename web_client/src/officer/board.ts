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

const REFUSALS = ['signed_off', 'on_break', 'holds_ticket', 'nobody_waits'] as const
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

/** Seconds until a recall is allowed, 0 when it is. */
export function recallInSeconds(held: HeldTicket, nowMs: number): number {
  if (held.recall_not_before_ms === null) return 0
  return Math.max(0, Math.ceil((held.recall_not_before_ms - nowMs) / 1000))
}

/** The later of two views: pushes and acknowledgements may overtake each other. */
export function later<V extends { readonly at_ms: number }>(known: V | null, view: V): V {
  return known !== null && known.at_ms > view.at_ms ? known : view
}

export type CallStep = 'preview' | 'join' | 'wait' | 'leave'

/** What the desk's ticket asks of the call engine. */
export function callStep(held: HeldTicket | null, hasLeft: (callId: string) => boolean): CallStep {
  if (held === null) return 'leave'
  if (held.state === 'called') return 'preview'
  if (held.state !== 'serving') return 'leave'
  const { call } = held
  return call === null || call.state === 'ended' || hasLeft(call.call_id) ? 'wait' : 'join'
}
