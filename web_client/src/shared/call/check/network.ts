import { NetworkError, Problem } from '../../problem'
import { middleMs } from './loudness'

const TRIPS = 3
const GATHER_PATIENCE_MS = 4_000
/** Above this, two people talk at the same time without noticing. */
export const SLOW_MS = 400

/** `no_video`: the server answers, but this browser gives no way for pictures and sound (blocked, or switched off). */
export type NetworkFound =
  | { readonly is: 'good' | 'slow'; readonly roundTripMs: number }
  | { readonly is: 'unreachable' | 'no_video' }

/** Tries the way to the server (`reach` asks it something short) and whether this browser can send pictures over UDP. */
export async function checkNetwork(reach: () => Promise<unknown>): Promise<NetworkFound> {
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
  if (!(await gathersUdp())) return { is: 'no_video' }
  const roundTripMs = middleMs(tripsMs)
  return { is: roundTripMs > SLOW_MS ? 'slow' : 'good', roundTripMs }
}

/** True as soon as the browser offers one UDP address for a connection. */
async function gathersUdp(): Promise<boolean> {
  // Typed as always there, but some browsers inside apps, and some offices, switch it off.
  if ((window.RTCPeerConnection as typeof RTCPeerConnection | undefined) === undefined) return false
  const connection = new RTCPeerConnection({ iceServers: [] })
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const found = new Promise<boolean>((tell) => {
      timer = setTimeout(() => tell(false), GATHER_PATIENCE_MS)
      connection.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate === null) tell(false)
        else if (candidate.protocol === 'udp') tell(true)
      })
    })
    connection.createDataChannel('check')
    await connection.setLocalDescription(await connection.createOffer())
    return await found
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}
