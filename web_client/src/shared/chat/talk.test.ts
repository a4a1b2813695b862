import { describe, expect, it } from 'vitest'

import { EMPTY, firstUnread, hasTime, keptAfter, lastNumber, withMessages, without, withPending, withState, type MessageView } from './talk'

const message = (number: number, change: Partial<MessageView> = {}): MessageView => ({
  case_id: 'c1',
  number,
  message_id: `m${number}`,
  at_ms: number,
  sender: 'officer',
  officer: null,
  kind: 'text',
  text: 'a',
  pictures: [],
  notice: null,
  ...change,
})
const pending = { messageId: 'm3', text: '好的', fileIds: [], refusal: '' }
const state = { case_id: 'c1', version: 4, last_number: 3, taxpayer_read: 1, officer_read: 0, taxpayer_unread: 2, officer_unread: 0 }

describe('a conversation', () => {
  it('has each message once and in order, by push and by answer', () => {
    const talk = withMessages(withMessages(EMPTY, [message(2)]), [message(1), message(2)])
    expect(talk.messages.map((one) => one.number)).toEqual([1, 2])
    expect(lastNumber(talk)).toBe(2)
  })

  it('shows what is sent at once, and no double when it arrives', () => {
    const sent = withPending(EMPTY, pending)
    expect(withPending(sent, { ...pending, refusal: '不行' }).pending).toHaveLength(1)
    const arrived = withMessages(sent, [message(3, { sender: 'taxpayer' })])
    expect([arrived.pending, arrived.messages.length]).toEqual([[], 1])
    expect(without(sent, 'm3').pending).toEqual([])
  })

  it('leaves on the device what waits in other tabs, and takes away only what went from here', () => {
    const [here, there] = [pending, { ...pending, messageId: 'other' }]
    expect(keptAfter([there], [], [here])).toEqual([there, here])
    expect(keptAfter([there, here], [here], [])).toEqual([there])
    expect(keptAfter([here], [here], [{ ...here, refusal: '不行' }])).toEqual([{ ...here, refusal: '不行' }])
  })

  it('keeps the later state', () => {
    const talk = withState(EMPTY, state)
    expect(withState(talk, { ...state, version: 3, taxpayer_unread: 9 }).state?.taxpayer_unread).toBe(2)
  })

  it('marks where new messages begin', () => {
    const talk = withMessages(EMPTY, [message(1), message(2, { sender: 'taxpayer' }), message(3)])
    expect([firstUnread(talk, 1, 'taxpayer'), firstUnread(talk, 3, 'taxpayer')]).toEqual([3, null])
    expect([firstUnread(talk, 1, 'officer'), firstUnread(talk, 2, 'officer')]).toEqual([2, null])
  })

  it('has the time before the first message and after a pause', () => {
    const messages = [message(1, { at_ms: 0 }), message(2, { at_ms: 300_000 }), message(3, { at_ms: 600_001 })]
    expect(messages.map((_, index) => hasTime(messages, index))).toEqual([true, false, true])
  })
})
