import { describe, expect, it } from 'vitest'

import { UNKNOWN_QUALITY } from '@/shared/call/quality'

import type { CallView, LegView } from '@/shared/call/types'

import { endWord, peerWords, stageMessage } from './call_words'

function leg(name: LegView['name'], change: Partial<LegView> = {}): LegView {
  return {
    name,
    state: 'connected',
    devices: { microphone: true, camera: true, facing: 'user', screen: false },
    quality: UNKNOWN_QUALITY,
    ...change,
  }
}

function call(state: CallView['state'], taxpayer: Partial<LegView> = {}): CallView {
  return {
    call_id: 'c',
    case_id: 'case',
    ticket_id: 't',
    state,
    at_ms: 1,
    created_at_ms: 1,
    connected_at_ms: null,
    ended_at_ms: null,
    end_reason: null,
    grace_until_ms: null,
    legs: [leg('taxpayer', taxpayer), leg('officer')],
  }
}

describe('stageMessage', () => {
  it.each([
    ['connecting', call('connecting', { state: 'absent' }), 'waitingPeer'],
    ['connecting', call('connecting'), 'none'],
    ['running', call('running'), 'none'],
    ['recovering', call('recovering', { state: 'silent' }), 'peerLost'],
    ['recovering', call('recovering'), 'ownLost'],
    ['recovering', call('running', { state: 'silent' }), 'ownLost'],
    ['ended', call('ended'), 'none'],
    ['starting', null, 'none'],
  ] as const)('%s', (phase, view, message) => {
    expect(stageMessage(phase, view)).toBe(message)
  })
})

describe('peerWords', () => {
  it('tells what the other side sends', () => {
    expect(peerWords(call('running'))).toEqual({
      muted: false,
      cameraOff: false,
      facing: 'peerFront',
      screen: false,
    })
  })

  it('tells what is off, and then no direction', () => {
    const devices = { microphone: false, camera: false, facing: 'environment', screen: false } as const
    expect(peerWords(call('running', { devices }))).toMatchObject({ muted: true, cameraOff: true, facing: null })
  })

  it('tells of a screen instead of the camera', () => {
    const devices = { microphone: true, camera: false, facing: 'user', screen: true } as const
    expect(peerWords(call('running', { devices }))).toMatchObject({ cameraOff: false, facing: null, screen: true })
  })

  it('says nothing of somebody who is not there yet', () => {
    const devices = { microphone: false, camera: false, facing: 'unknown', screen: false } as const
    const nothing = { muted: false, cameraOff: false, facing: null, screen: false }
    expect(peerWords(call('connecting', { state: 'absent', devices }))).toEqual(nothing)
    expect(peerWords(null)).toEqual(nothing)
  })
})

describe('endWord', () => {
  it('knows the reasons, and has a word for new ones', () => {
    expect(endWord('peer_lost')).toBe('peer_lost')
    expect(endWord('something_new')).toBe('other')
    expect(endWord(null)).toBe('other')
  })
})
