import { describe, expect, it } from 'vitest'

import { laterView } from '@/shared/laterView'

import { wordOfStill, type StillState, type StillView } from './still'

function view(state: StillState, { version = 1, at = 0, id = 's1' } = {}): StillView {
  return {
    at_ms: at,
    case_id: 'c',
    actions: [],
    request: {
      request_id: id,
      call_id: 'call',
      version,
      state,
      subject: 'document',
      officer: { name: '林', staff_number: '0731' },
      asked_at_ms: 0,
      due_at_ms: 120_000,
      ended_at_ms: state === 'asked' ? null : 1_000,
    },
  }
}

describe('a still picture that is asked for', () => {
  it('is kept by version, and of two requests by time', () => {
    const asked = view('asked', { at: 9 })
    const refused = view('refused', { version: 2, at: 5 })
    expect(laterView(null, asked)).toBe(asked)
    expect(laterView(asked, refused)).toBe(refused)
    expect(laterView(refused, asked)).toBe(refused)
    const next = view('asked', { id: 's2', at: 6 })
    expect(laterView(refused, next)).toBe(next)
    expect(laterView(next, refused)).toBe(next)
    const same = view('asked', { at: 10 })
    expect(laterView(asked, same)).toBe(same)
  })

  it('is said to the officer while it waits, and of its end for a while', () => {
    const none = new Set<string>()
    expect(wordOfStill(null, 'call', none, 0)).toBeNull()
    expect(wordOfStill(view('asked'), 'call', none, 999_999)).toBe('asked')
    expect(wordOfStill(view('asked'), 'another', none, 0)).toBeNull()
    for (const state of ['refused', 'withdrawn', 'expired', 'call_ended'] as const) {
      expect(wordOfStill(view(state), 'call', none, 31_000)).toBe(state)
      expect(wordOfStill(view(state), 'call', none, 31_001)).toBeNull()
    }
    expect(wordOfStill(view('consented'), 'call', none, 99_000)).toBe('consented')
    const there = new Set(['s1'])
    expect(wordOfStill(view('consented'), 'call', there, 31_000)).toBe('arrived')
    expect(wordOfStill(view('consented'), 'call', there, 99_000)).toBeNull()
  })
})
