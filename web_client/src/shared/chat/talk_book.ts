import { shallowReactive } from 'vue'

import type { components } from '@/generated/schema'

import { canWait, isRefusal, Problem } from '../problem'
import { casesWithKeptMessages, messageShelf } from './kept'
import {
  EMPTY,
  keptAfter,
  lastNumber,
  withMessages,
  without,
  withPending,
  withState,
  type ConversationAction,
  type ConversationState,
  type Pending,
  type Side,
  type Talk,
} from './talk'

type S = components['schemas']

/** A side's way to the server's conversations. Every one raises Problem and NetworkError. */
export interface TalkWays {
  page(caseId: string, query: { limit: number; after?: number; before?: number }): Promise<S['MessagePage']>
  send(caseId: string, body: { message_id: string; text: string; file_ids: string[] }): Promise<S['MessageSent']>
  read(caseId: string, number: number): Promise<ConversationState>
}

export interface TalkBook {
  readonly byCase: ReadonlyMap<string, Talk>
  readonly of: (caseId: string) => Talk
  readonly take: (came: S['ConversationMessage']) => void
  readonly takeRead: (came: S['ConversationRead']) => void
  readonly load: (caseId: string) => Promise<ConversationAction[]>
  readonly loadBefore: (caseId: string) => Promise<void>
  /** Send what waits in any conversation, opened or not. */
  readonly sendKept: () => void
  /** `messageId`: the same one again is the same message. */
  readonly say: (caseId: string, text: string, fileIds?: readonly string[], messageId?: string) => void
  readonly drop: (caseId: string, messageId: string) => void
  readonly again: (caseId: string, pending: Pending) => void
  readonly sendWaiting: (caseId: string) => Promise<void>
  readonly read: (caseId: string) => Promise<void>
  readonly clear: () => void
}

const PAGE = 50
/** A request can be lost while the socket stays: then nothing else says when to try again. */
const RETRY_MS = 5_000

/**
 * Conversations of cases: pushes and answers together, and what is on its way, kept on the device until it arrived.
 * `changed` hears of every new state of a conversation.
 */
export function talkBook(
  side: Side,
  ways: TalkWays,
  newId: () => string,
  changed: (state: ConversationState) => void,
): TalkBook {
  const byCase = shallowReactive(new Map<string, Talk>())
  const loaded = new Set<string>()
  const sending = new Set<string>()
  const retries = new Map<string, ReturnType<typeof setTimeout>>()

  function of(caseId: string): Talk {
    return byCase.get(caseId) ?? EMPTY
  }

  function put(caseId: string, talk: Talk): void {
    const shelf = messageShelf(caseId)
    const kept = keptAfter(shelf.find()?.content ?? [], of(caseId).pending, talk.pending)
    if (kept.length > 0) shelf.keep({ version: 0, content: kept })
    else shelf.forget()
    byCase.set(caseId, talk)
    if (talk.state !== null) changed(talk.state)
  }

  function take({ conversation, message }: S['ConversationMessage']): void {
    if (!byCase.has(conversation.case_id)) return
    put(conversation.case_id, withState(withMessages(of(conversation.case_id), [message]), conversation))
  }

  function takeRead({ conversation }: S['ConversationRead']): void {
    if (byCase.has(conversation.case_id)) put(conversation.case_id, withState(of(conversation.case_id), conversation))
  }

  /** The latest messages of a conversation, or those that were missed; what waits is sent then. */
  async function load(caseId: string): Promise<ConversationAction[]> {
    const first = !loaded.has(caseId)
    const after = lastNumber(of(caseId))
    const query = first || after === 0 ? { limit: PAGE } : { limit: PAGE, after }
    const page = await ways.page(caseId, query)
    loaded.add(caseId)
    takeKept(caseId)
    put(caseId, withState(withMessages(of(caseId), page.messages), page.conversation))
    void sendWaiting(caseId)
    return page.actions
  }

  /** What an earlier page, or another tab, left on the device waits here too. */
  function takeKept(caseId: string): void {
    byCase.set(caseId, (messageShelf(caseId).find()?.content ?? []).reduce(withPending, of(caseId)))
  }

  function sendKept(): void {
    for (const caseId of casesWithKeptMessages()) {
      takeKept(caseId)
      void sendWaiting(caseId)
    }
  }

  /** Messages before the first that is shown. */
  async function loadBefore(caseId: string): Promise<void> {
    const before = of(caseId).messages[0]?.number ?? 1
    const page = await ways.page(caseId, { limit: PAGE, before })
    put(caseId, withState(withMessages(of(caseId), page.messages), page.conversation))
  }

  function say(caseId: string, text: string, fileIds: readonly string[] = [], messageId = newId()): void {
    put(caseId, withPending(of(caseId), { messageId, text, fileIds, refusal: '' }))
    void sendWaiting(caseId)
  }

  function drop(caseId: string, messageId: string): void {
    put(caseId, without(of(caseId), messageId))
  }

  function again(caseId: string, pending: Pending): void {
    put(caseId, withPending(of(caseId), { ...pending, refusal: '' }))
    void sendWaiting(caseId)
  }

  /** One after the other, so that they arrive in their order; the same id again makes no double. */
  async function sendWaiting(caseId: string): Promise<void> {
    if (sending.has(caseId)) return
    sending.add(caseId)
    clearTimeout(retries.get(caseId))
    try {
      for (let next = waiting(caseId); next !== undefined; next = waiting(caseId)) {
        if (!(await send(caseId, next))) {
          retries.set(caseId, setTimeout(() => void sendWaiting(caseId), RETRY_MS))
          break
        }
      }
    } finally {
      sending.delete(caseId)
    }
  }

  function waiting(caseId: string): Pending | undefined {
    return of(caseId).pending.find((one) => one.refusal === '')
  }

  /** Whether the next one may go: a lost connection stops them all. */
  async function send(caseId: string, pending: Pending): Promise<boolean> {
    try {
      const sent = await ways.send(caseId, {
        message_id: pending.messageId,
        text: pending.text,
        file_ids: [...pending.fileIds],
      })
      // Signed out meanwhile: the shelf keeps what waits.
      if (!byCase.has(caseId)) return false
      put(caseId, withState(withMessages(of(caseId), [sent.message]), sent.conversation))
      return true
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (canWait(error) || !(error instanceof Problem)) return false
      put(caseId, withPending(of(caseId), { ...pending, refusal: error.message }))
      return true
    }
  }

  /** Everything that is shown was read by this side. */
  async function read(caseId: string): Promise<void> {
    const { state } = of(caseId)
    if (state === null || state[`${side}_unread`] === 0) return
    try {
      const now = await ways.read(caseId, state.last_number)
      put(caseId, withState(of(caseId), now))
    } catch (error) {
      // The next message or visit says it again.
      if (!isRefusal(error)) throw error
    }
  }

  function clear(): void {
    byCase.clear()
    loaded.clear()
    for (const retry of retries.values()) clearTimeout(retry)
    retries.clear()
  }

  return { byCase, of, take, takeRead, load, loadBefore, sendKept, say, drop, again, sendWaiting, read, clear }
}
