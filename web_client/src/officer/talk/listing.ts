/** The list of conversations as a console keeps it: pages and pushes together, the latest message first. Pure. */
import type { components } from '@/generated/schema'

type S = components['schemas']
export type ConversationSummary = S['ConversationSummary']
type State = S['ConversationState']

function latestFirst(one: ConversationSummary, other: ConversationSummary): number {
  return other.last.at_ms - one.last.at_ms || (one.case_id < other.case_id ? 1 : -1)
}

function later(known: ConversationSummary | undefined, found: ConversationSummary): ConversationSummary {
  return known !== undefined && known.conversation.version > found.conversation.version ? known : found
}

/** With a page that came: each conversation once, the later one of two. */
export function withPage(
  known: readonly ConversationSummary[],
  page: readonly ConversationSummary[],
): ConversationSummary[] {
  const byCase = new Map(known.map((one) => [one.case_id, one]))
  for (const one of page) byCase.set(one.case_id, later(byCase.get(one.case_id), one))
  return [...byCase.values()].sort(latestFirst)
}

/** What `page` says, and of what is known only what is later than that: for a list that is asked for anew. */
export function anew(
  known: readonly ConversationSummary[],
  page: readonly ConversationSummary[],
): ConversationSummary[] {
  const byCase = new Map(known.map((one) => [one.case_id, one]))
  return page.map((one) => later(byCase.get(one.case_id), one)).sort(latestFirst)
}

/** With a message that was pushed; none where the conversation is not among the known ones. */
export function withMessage(
  known: readonly ConversationSummary[],
  { conversation, message }: S['ConversationMessage'],
): ConversationSummary[] | null {
  const old = known.find((one) => one.case_id === conversation.case_id)
  if (old === undefined) return null
  const last = message.number >= old.last.number ? message : old.last
  return withPage(known, [{ ...old, conversation: newer(old.conversation, conversation), last }])
}

/** With what a side has read. */
export function withRead(known: readonly ConversationSummary[], state: State): readonly ConversationSummary[] {
  const old = known.find((one) => one.case_id === state.case_id)
  if (old === undefined || old.conversation.version > state.version) return known
  return known.map((one) => (one === old ? { ...one, conversation: state } : one))
}

function newer(known: State, state: State): State {
  return known.version > state.version ? known : state
}
