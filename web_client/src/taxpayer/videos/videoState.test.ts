import { describe, expect, it } from 'vitest'

import { laterView } from '@/shared/laterView'

import { videoRingOf, videoToRejoin, wordOfRequest, type VideoView } from './videoState'

type Request = NonNullable<VideoView['request']>

function request(change: Partial<Request> = {}): Request {
  return {
    request_id: 'r1',
    version: 1,
    state: 'asked',
    asked_by: 'taxpayer',
    officer: null,
    asked_at_ms: 1_000,
    due_at_ms: 46_000,
    ended_at_ms: null,
    call_id: null,
    ...change,
  }
}

function video(change: Partial<VideoView> = {}): VideoView {
  return { at_ms: 1_000, case_id: 'c1', case_number: '1', taxpayer_name: '陈嘉敏', request: request(), call: null, actions: [], ...change }
}

const CALL = {
  call_id: 'call1',
  case_id: 'c1',
  ticket_id: null,
  legs: [{ name: 'taxpayer', state: 'absent' }, { name: 'officer', state: 'connected' }],
} as unknown as NonNullable<VideoView['call']>
const unknown = (): boolean => false

describe('the video of a conversation', () => {
  it('is kept at its highest version, whatever order news comes in', () => {
    const asked = video({ at_ms: 9_000 })
    const refused = video({ at_ms: 2_000, request: request({ version: 2, state: 'refused' }) })
    expect(laterView(refused, asked)).toBe(refused)
    expect(laterView(asked, refused)).toBe(refused)
    // Another request is later by the clock of the server.
    const again = video({ at_ms: 10_000, request: request({ request_id: 'r2' }) })
    expect(laterView(refused, again)).toBe(again)
    expect(laterView(again, refused)).toBe(again)
  })

  it('rings where an officer asks, and where an open call waits', () => {
    expect(videoRingOf([video()], unknown)).toBeNull()
    expect(videoRingOf([video({ actions: ['accept', 'refuse'] })], unknown)).toMatchObject({ kind: 'asked', key: 'r1' })
    const open = video({ call: CALL, actions: ['join'] })
    expect(videoRingOf([open], unknown)).toMatchObject({ kind: 'open', key: 'call1' })
    // This page is in it, or hung it up.
    expect(videoRingOf([open], () => true)).toBeNull()
    expect(videoRingOf([video({ call: { ...CALL, ticket_id: 't1' }, actions: ['join'] })], unknown)).toBeNull()
  })

  it('is gone back into after a reload', () => {
    const open = video({ call: CALL, actions: ['join'] })
    expect(videoToRejoin([open], 'call1')).toBe(open)
    expect(videoToRejoin([open], 'call2')).toBeNull()
  })

  it('says what came of a request, for a while', () => {
    const refused = video({ request: request({ state: 'refused', ended_at_ms: 5_000 }) })
    expect(wordOfRequest(video(), 2_000)).toBe('waiting')
    expect(wordOfRequest(refused, 6_000)).toBe('refused')
    expect(wordOfRequest(refused, 400_000)).toBeNull()
    expect(wordOfRequest(video({ request: request({ asked_by: 'officer' }) }), 2_000)).toBeNull()
    expect(wordOfRequest(video({ request: request({ state: 'accepted', ended_at_ms: 5_000 }) }), 6_000)).toBeNull()
  })
})
