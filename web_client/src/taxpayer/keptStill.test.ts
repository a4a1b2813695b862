import { describe, expect, it } from 'vitest'

import type { StillState, StillView } from '@/shared/call/still'

import { fateOf } from './keptStill'

const view = (state: StillState, requestId = 'r1'): StillView => ({
  at_ms: 2,
  case_id: 'c1',
  request: {
    request_id: requestId,
    call_id: 'k1',
    version: 2,
    state,
    subject: 'document',
    officer: { name: '李文', staff_number: '0731' },
    asked_at_ms: 1,
    due_at_ms: 9,
    ended_at_ms: state === 'asked' ? null : 2,
  },
  actions: [],
})

describe('a picture that an earlier page took', () => {
  it('is sent where the server heard the consent, and waits while nobody answered', () => {
    expect(fateOf('r1', view('consented'))).toBe('send')
    expect(fateOf('r1', view('asked'))).toBe('wait')
  })

  it.each(['refused', 'withdrawn', 'expired', 'call_ended'] as const)('is not kept once the request is %s', (state) => {
    expect(fateOf('r1', view(state))).toBe('forget')
  })

  it('is not kept for another request, nor where there is none', () => {
    expect(fateOf('r1', view('consented', 'r2'))).toBe('forget')
    expect(fateOf('r1', { ...view('asked'), request: null })).toBe('forget')
  })
})
