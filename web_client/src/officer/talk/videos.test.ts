import { describe, expect, it } from 'vitest'

import { laterView } from '@/shared/laterView'

import { isToEnter, toAnswer, type VideoAction, type VideoView } from './videos'

function view(change: {
  atMs?: number
  id?: string
  version?: number
  due?: number
  actions?: VideoAction[]
  call?: { ticket_id: string | null; state?: 'open' | 'ended' }
}): VideoView {
  const call = change.call === undefined ? null : { call_id: 'k1', state: 'open', ...change.call }
  return {
    at_ms: change.atMs ?? 1,
    case_id: 'c1',
    case_number: '1',
    taxpayer_name: '陈嘉敏',
    request: {
      request_id: change.id ?? 'r1',
      version: change.version ?? 1,
      state: 'asked',
      asked_by: 'taxpayer',
      officer: null,
      asked_at_ms: 0,
      due_at_ms: change.due ?? 45_000,
      ended_at_ms: null,
      call_id: null,
    },
    call: call as VideoView['call'],
    actions: change.actions ?? [],
  }
}

describe('video of conversations', () => {
  it('keeps the higher version of a request, and the later of two requests', () => {
    const answered = view({ atMs: 1, version: 2 })
    expect(laterView(answered, view({ atMs: 5, version: 1 }))).toBe(answered)
    expect(laterView(answered, view({ atMs: 5, version: 2 })).at_ms).toBe(5)
    expect(laterView(answered, view({ atMs: 3, id: 'r2' })).request?.request_id).toBe('r2')
    expect(laterView(view({ atMs: 4, id: 'r2' }), answered).request?.request_id).toBe('r2')
  })

  it('rings for what may be answered here, the most urgent first', () => {
    const views = [view({ due: 9, actions: ['accept', 'refuse'] }), view({ due: 3, actions: ['accept'] }), view({ actions: ['ask'] })]
    expect(toAnswer(views).map((one) => one.request?.due_at_ms)).toEqual([3, 9])
  })

  it('enters by itself only its own calls, and no ticket’s', () => {
    const asked = { requestIds: new Set(['r1']), callId: null }
    const none = { requestIds: new Set<string>(), callId: null }
    const open = view({ actions: ['join'], call: { ticket_id: null } })
    expect([isToEnter(open, asked), isToEnter(open, none), isToEnter(open, { ...none, callId: 'k1' })]).toEqual([true, false, true])
    expect(isToEnter(view({ actions: ['join'], call: { ticket_id: 't1' } }), asked)).toBe(false)
    expect(isToEnter(view({ actions: ['join'], call: { ticket_id: null, state: 'ended' } }), asked)).toBe(false)
    expect(isToEnter(view({ actions: ['join'] }), asked)).toBe(false)
  })
})
