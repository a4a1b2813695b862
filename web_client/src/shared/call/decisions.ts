/** What the engine decides, without doing it: no browser, no clock, no sockets. */
import type { CallOffer, CallPhase, CallView, DeviceProblem, Facing, LegName, LegView } from './types'

/** How this page's own connection to the relay is. */
export type LinkState = 'none' | 'connecting' | 'connected' | 'broken'

export type OfferStep = 'stale' | 'update' | 'replace'

/** What to do with an offer, given the last one applied (none before the first). */
export function offerStep(applied: CallOffer | null, offer: CallOffer): OfferStep {
  if (applied === null || applied.call_id !== offer.call_id) return 'replace'
  if (offer.generation !== applied.generation) return offer.generation > applied.generation ? 'replace' : 'stale'
  return offer.revision > applied.revision ? 'update' : 'stale'
}

/** Whether `view` is news beside `known`: another call, or a later state of the same one. An ended call stays ended. */
export function isNewer(known: CallView | null, view: CallView): boolean {
  if (known === null || known.call_id !== view.call_id) return true
  if (known.state === 'ended') return false
  return view.at_ms >= known.at_ms
}

/** The phase of a joined call, from the server's view and this page's own connection. */
export function phaseOf(call: CallView, link: LinkState, wasConnected: boolean): CallPhase {
  if (call.state === 'ended') return 'ended'
  if (link === 'broken') return wasConnected ? 'recovering' : 'connecting'
  if (call.state === 'recovering') return 'recovering'
  if (call.state === 'running') {
    if (link === 'connected') return 'running'
    return wasConnected ? 'recovering' : 'connecting'
  }
  return 'connecting'
}

const REJOIN_DELAYS_MS = [0, 500, 1_000, 2_000, 4_000] as const

/** How long to wait before the `attempt`th new try to join (0 is the first). */
export function rejoinDelayMs(attempt: number): number {
  return REJOIN_DELAYS_MS[Math.min(attempt, REJOIN_DELAYS_MS.length - 1)] ?? 0
}

/** The name of a getUserMedia error, as a reason that can be told to a person. */
export function deviceProblemOf(name: string): DeviceProblem {
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotReadableError' || name === 'AbortError') return 'in_use'
  return 'none'
}

export function facingOf(settings: { facingMode?: string | undefined }): Facing {
  if (settings.facingMode === 'user' || settings.facingMode === 'environment') return settings.facingMode
  return 'unknown'
}

/** How to open the next camera: by direction on a phone, by number where cameras have no direction. */
export type CameraChoice =
  { readonly by: 'facing'; readonly facing: Facing } | { readonly by: 'device'; readonly deviceId: string }

/**
 * The camera after `current`, none if there is no other.
 * A phone has several lenses on the back: there the direction is turned, not the list walked.
 */
export function nextCamera(
  deviceIds: readonly string[],
  currentId: string | undefined,
  facing: Facing,
): CameraChoice | null {
  if (facing === 'user') return { by: 'facing', facing: 'environment' }
  if (facing === 'environment') return { by: 'facing', facing: 'user' }
  const others = deviceIds.filter((id) => id !== '')
  if (others.length < 2) return null
  const index = currentId === undefined ? -1 : others.indexOf(currentId)
  const deviceId = others[(index + 1) % others.length]
  return deviceId === undefined || deviceId === currentId ? null : { by: 'device', deviceId }
}

export function legOf(call: CallView, name: LegName): LegView | null {
  return call.legs.find((leg) => leg.name === name) ?? null
}

export function otherSide(name: LegName): LegName {
  return name === 'officer' ? 'taxpayer' : 'officer'
}

/** The call's length at `nowMs` of the server's clock; none before both sides were connected. */
export function callLengthMs(call: CallView, nowMs: number): number | null {
  if (call.connected_at_ms === null) return null
  return Math.max(0, (call.ended_at_ms ?? nowMs) - call.connected_at_ms)
}
