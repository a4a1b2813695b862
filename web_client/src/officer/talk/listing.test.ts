import { describe, expect, it } from 'vitest'

import { anew, withMessage, withPage, withRead, type ConversationSummary } from './listing'

function summary(caseId: string, atMs: number, version = 1, unread = 0): ConversationSummary {
  return {
    case_id: caseId,
    case_number: '2026112300001',
    mode: 'consult',
    topic_id: null,
    topic: { zh: '在线咨询', en: 'Online consultation' },
    taxpayer_name: '陈嘉敏',
    closed: false,
    conversation: {
      case_id: caseId,
      version,
      last_number: version,
      taxpayer_read: 0,
      officer_read: 0,
      taxpayer_unread: 0,
      officer_unread: unread,
    },
    last: {
      case_id: caseId,
      number: version,
      message_id: `${caseId}.${version}`,
      at_ms: atMs,
      sender: 'taxpayer',
      officer: null,
      kind: 'text',
      text: '在吗',
      pictures: [],
      notice: null,
    },
  }
}

function came(caseId: string, atMs: number, version: number, unread = 1) {
  const { conversation, last } = summary(caseId, atMs, version, unread)
  return { at_ms: atMs, conversation, message: last }
}

const order = (list: readonly ConversationSummary[] | null) => list?.map((one) => one.case_id)

describe('the list of conversations', () => {
  it('has each once, the latest message first, and the case settles a tie', () => {
    const list = withPage([summary('a', 1), summary('b', 3)], [summary('c', 3), summary('a', 1)])
    expect(order(list)).toEqual(['c', 'b', 'a'])
  })

  it('keeps what was pushed over an older answer', () => {
    const list = withPage([summary('a', 9, 4, 2)], [summary('a', 1, 3, 1)])
    expect(list[0]?.conversation.officer_unread).toBe(2)
    expect(anew([summary('a', 9, 4, 2)], [summary('a', 1, 3, 1)])[0]?.last.at_ms).toBe(9)
  })

  it('forgets, when asked for anew, what is not there any more', () => {
    expect(order(anew([summary('a', 1), summary('b', 2)], [summary('b', 2)]))).toEqual(['b'])
  })

  it('brings a conversation to the top with a message, and does not know a new one', () => {
    const list = [summary('b', 3), summary('a', 1)]
    expect(order(withMessage(list, came('a', 4, 2)))).toEqual(['a', 'b'])
    expect(withMessage(list, came('x', 4, 2))).toBeNull()
  })

  it('takes reading once, and nothing older', () => {
    const old = summary('a', 1, 5, 3)
    const list = [old]
    const read = { ...summary('a', 1, 6, 0).conversation, officer_read: 5 }
    expect(withRead(list, read)[0]?.conversation.officer_unread).toBe(0)
    expect(withRead(withRead(list, read), old.conversation)[0]?.conversation.officer_unread).toBe(0)
    expect(withRead(list, { ...read, case_id: 'x' })).toBe(list)
  })
})
