/** A conversation as a page keeps it, without sockets or clocks: pure. */
import type { components } from '@/generated/schema'

export type MessageView = components['schemas']['MessageView']
export type ConversationState = components['schemas']['ConversationState']
export type ConversationAction = components['schemas']['ConversationAction']
/** Whose page it is. */
export type Side = 'taxpayer' | 'officer'

/** A message on its way: shown at once, sent once, whatever the connection does. */
export interface Pending {
  readonly messageId: string
  readonly text: string
  readonly fileIds: readonly string[]
  /** Why the server refused it; empty while it goes or waits for the connection. */
  readonly refusal: string
}

export interface Talk {
  readonly messages: readonly MessageView[]
  readonly pending: readonly Pending[]
  readonly state: ConversationState | null
}

export const EMPTY: Talk = { messages: [], pending: [], state: null }

/** With messages that came, by push or answer: each once, in their order; what was on its way has arrived. */
export function withMessages(talk: Talk, came: readonly MessageView[]): Talk {
  const byNumber = new Map(talk.messages.map((one) => [one.number, one]))
  for (const one of came) byNumber.set(one.number, one)
  const arrived = new Set(came.map((one) => one.message_id))
  return {
    ...talk,
    messages: [...byNumber.values()].sort((one, other) => one.number - other.number),
    pending: talk.pending.filter((one) => !arrived.has(one.messageId)),
  }
}

export function withState(talk: Talk, state: ConversationState): Talk {
  return talk.state !== null && talk.state.version > state.version ? talk : { ...talk, state }
}

export function withPending(talk: Talk, pending: Pending): Talk {
  const isKnown = talk.pending.some((one) => one.messageId === pending.messageId)
  return {
    ...talk,
    pending: isKnown
      ? talk.pending.map((one) => (one.messageId === pending.messageId ? pending : one))
      : [...talk.pending, pending],
  }
}

export function without(talk: Talk, messageId: string): Talk {
  return { ...talk, pending: talk.pending.filter((one) => one.messageId !== messageId) }
}

/**
 * What the device keeps after what waits on this page changed: that, and what waits in other tabs, which this page knows
 * nothing of.
 */
export function keptAfter(kept: readonly Pending[], before: readonly Pending[], now: readonly Pending[]): Pending[] {
  const own = new Set([...before, ...now].map((one) => one.messageId))
  return [...kept.filter((one) => !own.has(one.messageId)), ...now]
}

/** From where on messages are asked for after a break: what is there without gaps from the end. */
export function lastNumber(talk: Talk): number {
  return talk.messages.at(-1)?.number ?? 0
}

/** The first message of others that was not read when the page opened; none where all were. */
export function firstUnread(talk: Talk, readUpTo: number, side: Side): number | null {
  return talk.messages.find((one) => one.number > readUpTo && one.sender !== side)?.number ?? null
}

/** Messages further apart than this have the time between them. */
const TIME_GAP_MS = 300_000

/** Whether the time stands before that message. */
export function hasTime(messages: readonly MessageView[], index: number): boolean {
  const [before, now] = [messages[index - 1], messages[index]]
  return now !== undefined && (before === undefined || now.at_ms - before.at_ms > TIME_GAP_MS)
}
