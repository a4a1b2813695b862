/** Video of conversations as a console keeps it. Pure. */
import type { components } from '@/generated/schema'

export type VideoView = components['schemas']['VideoView']
export type VideoAction = components['schemas']['VideoAction']

/** Requests that this officer may answer now, those first that end first. */
export function toAnswer(views: Iterable<VideoView>): VideoView[] {
  return [...views]
    .filter((view) => view.actions.includes('accept'))
    .sort((one, other) => (one.request?.due_at_ms ?? 0) - (other.request?.due_at_ms ?? 0))
}

/** Whether this page goes into the call by itself: it asked or accepted, or was in it before it was loaded anew. */
export function isToEnter(view: VideoView, own: { readonly requestIds: ReadonlySet<string>; readonly callId: string | null }): boolean {
  const { call, request } = view
  // A served ticket's call is entered by its ticket.
  if (call === null || call.ticket_id !== null || call.state === 'ended' || !view.actions.includes('join')) return false
  return call.call_id === own.callId || (request !== null && own.requestIds.has(request.request_id))
}
