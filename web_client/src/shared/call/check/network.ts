import { NetworkError, Problem } from '../../problem'
import { middleMs } from './loudness'
import { tryMedia, type ProbeTransport } from './probe'

const TRIPS = 3
/** Above this, two people talk at the same time without noticing. */
export const SLOW_MS = 400

/**
 * `no_video`: the server answers, but this browser gives no way for pictures and sound (switched off, or missing).
 * `blocked`: it would, but they do not get through to the server. `untried`: the server could not try them just now.
 * `relayed`: they get through the long way round.
 */
export type NetworkFound =
  | { readonly is: 'good' | 'slow' | 'relayed'; readonly roundTripMs: number }
  | { readonly is: 'unreachable' | 'no_video' | 'blocked' | 'untried' }

/** Tries the way to the server (`reach` asks it something short), and that of pictures and sound to its relay. */
export async function checkNetwork(reach: () => Promise<unknown>, probe: ProbeTransport): Promise<NetworkFound> {
  const tripsMs: number[] = []
  try {
    for (let trip = 0; trip < TRIPS; trip += 1) {
      const sentAt = performance.now()
      await reach()
      tripsMs.push(performance.now() - sentAt)
    }
  } catch (error) {
    if (!(error instanceof NetworkError || error instanceof Problem)) throw error
    return { is: 'unreachable' }
  }
  // Typed as always there, but some browsers inside apps, and some offices, switch it off.
  if ((window.RTCPeerConnection as typeof RTCPeerConnection | undefined) === undefined) return { is: 'no_video' }
  try {
    const way = await tryMedia(probe)
    if (way === 'blocked') return { is: 'blocked' }
    const roundTripMs = middleMs(tripsMs)
    if (roundTripMs > SLOW_MS) return { is: 'slow', roundTripMs }
    return { is: way === 'relayed' ? 'relayed' : 'good', roundTripMs }
  } catch (error) {
    if (!(error instanceof NetworkError || error instanceof Problem)) throw error
    return { is: 'untried' }
  }
}
