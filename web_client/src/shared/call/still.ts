/** A still picture that an officer asks for in a call, as both pages keep it. Pure. */
import type { components } from '@/generated/schema'

export type StillView = components['schemas']['StillView']
export type StillSubject = components['schemas']['StillSubject']
export type StillState = components['schemas']['StillState']

/** How a request that is over is said to the officer for this long; the conversation itself keeps it. */
const SAID_MS = 30_000

/** What is said of a request; `arrived`: the picture that was consented to is there. */
export type StillWord = StillState | 'arrived'

/** What the officer is told of the latest request of this call; nothing of one that is over for a while. */
export function wordOfStill(view: StillView | null, callId: string | null, arrived: ReadonlySet<string>, nowMs: number): StillWord | null {
  const request = view?.request ?? null
  if (request === null || request.call_id !== callId) return null
  if (request.state === 'consented' && arrived.has(request.request_id)) {
    return nowMs - (request.ended_at_ms ?? 0) > SAID_MS ? null : 'arrived'
  }
  // One that is on its way is said until it is there.
  if (request.state === 'asked' || request.state === 'consented') return request.state
  return nowMs - (request.ended_at_ms ?? nowMs) > SAID_MS ? null : request.state
}
