/** A still picture that was taken and did not arrive yet, as the device keeps it (S35). */
import type { StillView } from '@/shared/call/still'
import { filesKeptFor } from '@/shared/fileShelf'

/** For a request whose consent the server may not have heard. */
export const UNANSWERED = 'still.unanswered'
/** The server has the consent, and not the picture. */
export const CONSENTED = 'still.consented'
/** A consent of a call is for that call: whoever comes back later is asked anew. */
export const STILL_KEPT_MS = 10 * 60_000

/** What becomes of a picture that an earlier page took for a request, by what the server says of its case. Pure. */
export function fateOf(requestId: string, view: StillView): 'send' | 'wait' | 'forget' {
  if (view.request?.request_id !== requestId) return 'forget'
  if (view.request.state === 'consented') return 'send'
  return view.request.state === 'asked' ? 'wait' : 'forget'
}

/** Whether an earlier page left one. */
export async function keepsStill(nowMs: number): Promise<boolean> {
  const kept = await Promise.all([UNANSWERED, CONSENTED].map((place) => filesKeptFor(place, nowMs, STILL_KEPT_MS)))
  return kept.some((files) => files.length > 0)
}
