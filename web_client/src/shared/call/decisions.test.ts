import { describe, expect, it } from 'vitest'

import {
  callLengthMs,
  deviceProblemOf,
  facingOf,
  isNewer,
  legOf,
  nextCamera,
  offerStep,
  otherSide,
  phaseOf,
  rejoinDelayMs,
} from './decisions'
import { UNKNOWN_QUALITY } from './quality'
import type { CallOffer, CallView, LegView } from './types'

function offer(generation: number, revision: number, callId = 'c1'): CallOffer {
  return { call_id: callId, generation, revision, sdp: 'v=0' }
}

function leg(name: LegView['name']): LegView {
  return {
    name,
    state: 'connected',
    devices: { microphone: true, camera: true, facing: 'user', screen: false },
    quality: UNKNOWN_QUALITY,
  }
}

function call(change: Partial<CallView> = {}): CallView {
  return {
    call_id: 'c1',
    case_id: 'case1',
    ticket_id: 't1',
    state: 'running',
    at_ms: 5_000,
    created_at_ms: 1_000,
    connected_at_ms: 2_000,
    ended_at_ms: null,
    end_reason: null,
    grace_until_ms: null,
    legs: [leg('taxpayer'), leg('officer')],
    ...change,
  }
}

describe('offerStep', () => {
  it.each([
    [null, offer(1, 1), 'replace'],
    [offer(1, 1), offer(1, 2), 'update'],
    [offer(1, 2), offer(1, 2), 'stale'],
    [offer(1, 2), offer(1, 1), 'stale'],
    [offer(1, 5), offer(2, 1), 'replace'],
    [offer(2, 1), offer(1, 9), 'stale'],
    [offer(9, 9), offer(1, 1, 'c2'), 'replace'],
  ] as const)('%o then %o', (applied, next, step) => {
    expect(offerStep(applied, next)).toBe(step)
  })
})

describe('isNewer', () => {
  it('takes the first one, another call, and a later state', () => {
    expect(isNewer(null, call())).toBe(true)
    expect(isNewer(call(), call({ call_id: 'c2', at_ms: 1 }))).toBe(true)
    expect(isNewer(call(), call({ at_ms: 5_000 }))).toBe(true)
    expect(isNewer(call(), call({ at_ms: 4_999 }))).toBe(false)
  })

  it('never brings an ended call back', () => {
    expect(isNewer(call({ state: 'ended' }), call({ at_ms: 9_000 }))).toBe(false)
  })
})

describe('phaseOf', () => {
  it.each([
    ['connecting', 'connecting', false, 'connecting'],
    ['connecting', 'connected', true, 'connecting'],
    ['running', 'connecting', false, 'connecting'],
    ['running', 'connected', true, 'running'],
    ['running', 'connecting', true, 'recovering'],
    ['running', 'broken', true, 'recovering'],
    ['connecting', 'broken', false, 'connecting'],
    ['recovering', 'connected', true, 'recovering'],
    ['recovering', 'connecting', false, 'recovering'],
    ['ended', 'connected', true, 'ended'],
  ] as const)('call %s, own connection %s, was connected %s', (state, link, wasConnected, phase) => {
    expect(phaseOf(call({ state }), link, wasConnected)).toBe(phase)
  })
})

describe('cameras', () => {
  it('turns the direction on a phone, whatever the number of lenses', () => {
    expect(nextCamera(['a', 'b', 'c'], 'a', 'user')).toEqual({ by: 'facing', facing: 'environment' })
    expect(nextCamera(['a', 'b', 'c'], 'b', 'environment')).toEqual({ by: 'facing', facing: 'user' })
  })

  it('walks the list where cameras have no direction', () => {
    expect(nextCamera(['a', 'b', 'c'], 'a', 'unknown')).toEqual({ by: 'device', deviceId: 'b' })
    expect(nextCamera(['a', 'b', 'c'], 'c', 'unknown')).toEqual({ by: 'device', deviceId: 'a' })
    expect(nextCamera(['a', 'b'], undefined, 'unknown')).toEqual({ by: 'device', deviceId: 'a' })
  })

  it('stays with the only one', () => {
    expect(nextCamera(['a'], 'a', 'unknown')).toBeNull()
    expect(nextCamera(['', ''], 'a', 'unknown')).toBeNull()
  })

  it('reads the direction of a track', () => {
    expect(facingOf({ facingMode: 'environment' })).toBe('environment')
    expect(facingOf({ facingMode: 'left' })).toBe('unknown')
    expect(facingOf({})).toBe('unknown')
  })

  it.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotReadableError', 'in_use'],
    ['AbortError', 'in_use'],
    ['NotFoundError', 'none'],
    ['OverconstrainedError', 'none'],
  ])('%s means %s', (name, problem) => {
    expect(deviceProblemOf(name)).toBe(problem)
  })
})

describe('the call', () => {
  it('has two legs', () => {
    expect(legOf(call(), otherSide('officer'))?.name).toBe('taxpayer')
    expect(legOf(call(), otherSide('taxpayer'))?.name).toBe('officer')
  })

  it('counts its length from when both were connected to its end', () => {
    expect(callLengthMs(call({ connected_at_ms: null }), 9_000)).toBeNull()
    expect(callLengthMs(call(), 9_000)).toBe(7_000)
    expect(callLengthMs(call(), 1_000)).toBe(0)
    expect(callLengthMs(call({ ended_at_ms: 6_000 }), 9_000)).toBe(4_000)
  })

  it('is joined again at once, then with growing pauses that stay bounded', () => {
    const delays = [0, 1, 2, 3, 4, 100].map(rejoinDelayMs)
    expect(delays).toEqual([0, 500, 1_000, 2_000, 4_000, 4_000])
  })
})
