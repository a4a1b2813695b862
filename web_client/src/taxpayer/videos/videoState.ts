/** What a page makes of video that was asked for in a conversation: no sockets, no clock. */
import type { components } from '@/generated/schema'

export type VideoView = components['schemas']['VideoView']
export type VideoAction = components['schemas']['VideoAction']

/** What came of a request is said for this long; the conversation itself keeps it. */
const SAID_MS = 300_000

export function mayDo(view: VideoView | null | undefined, action: VideoAction): boolean {
  return view?.actions.includes(action) === true
}

/** Something that an officer wants to be seen for: asked, or a call that waits for this side. `key` tells two apart. */
export interface VideoRing {
  readonly kind: 'asked' | 'open'
  readonly key: string
  readonly view: VideoView
}

/** What rings now, none mostly. A call rings while this side is on no page of it and this page has not left it. */
export function videoRingOf(views: Iterable<VideoView>, isKnownCall: (callId: string) => boolean): VideoRing | null {
  for (const view of views) {
    const { request, call } = view
    if (request !== null && mayDo(view, 'accept')) return { kind: 'asked', key: request.request_id, view }
    // A ticket's call rings with its ticket.
    if (call === null || call.ticket_id !== null || !mayDo(view, 'join') || isKnownCall(call.call_id)) continue
    if (call.legs.every((leg) => leg.name !== 'taxpayer' || leg.state === 'absent')) return { kind: 'open', key: call.call_id, view }
  }
  return null
}

/** The open call that this browser was in: a page that was loaded anew goes back into it. */
export function videoToRejoin(views: Iterable<VideoView>, joinedCallId: string | null): VideoView | null {
  for (const view of views) {
    if (view.call !== null && view.call.ticket_id === null && mayDo(view, 'join') && view.call.call_id === joinedCallId) return view
  }
  return null
}

export type VideoWord = 'waiting' | 'refused' | 'unanswered' | 'withdrawn' | null

/** What is said of the latest request, for who asked; nothing of one that is long over. */
export function wordOfRequest(view: VideoView, nowMs: number): VideoWord {
  const { request } = view
  if (request?.asked_by !== 'taxpayer') return null
  if (request.state === 'asked') return 'waiting'
  if (request.ended_at_ms === null || nowMs - request.ended_at_ms > SAID_MS) return null
  return request.state === 'refused' || request.state === 'unanswered' || request.state === 'withdrawn' ? request.state : null
}
