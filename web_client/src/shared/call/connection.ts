import type { LinkState } from './decisions'
import type { TrackKind } from './devices'
import { sampleOf, type QualitySample, type StatsEntry } from './quality'

/** Long enough for a change of network to heal by itself, short enough that nobody starts to talk about it. */
const DISCONNECTED_PATIENCE_MS = 2_500
/** A connection that does not come up in this time is given up, and asked for anew. */
const CONNECT_PATIENCE_MS = 12_000

const VIDEO_MAX_BITS_PER_S = 1_500_000
const AUDIO_MAX_BITS_PER_S = 40_000

export interface ConnectionListener {
  /** The connection came up, or is given up (`broken` comes once, and is the last). */
  onLink(state: LinkState): void
  onRemote(stream: MediaStream): void
}

/**
 * One RTCPeerConnection, for one generation of offers. The server offers; this answers.
 *
 * `apply` must not be called again before the last one is done. After `close` nothing is reported any more.
 */
export class CallConnection {
  readonly peerConnection: RTCPeerConnection
  readonly #listener: ConnectionListener
  readonly #remote: MediaStreamTrack[] = []
  #patience: ReturnType<typeof setTimeout> | null = null
  #over = false

  constructor(listener: ConnectionListener) {
    this.#listener = listener
    this.peerConnection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
    this.peerConnection.addEventListener('track', (event) => this.#onTrack(event.track))
    this.peerConnection.addEventListener('connectionstatechange', () => this.#onState())
    this.#arm(CONNECT_PATIENCE_MS)
  }

  /** Applies an offer and makes its answer. `tracks` are sent from the first packet on; a missing one may follow. */
  async apply(sdp: string, tracks: ReadonlyMap<TrackKind, MediaStreamTrack>): Promise<string> {
    const pc = this.peerConnection
    await pc.setRemoteDescription({ type: 'offer', sdp })
    for (const transceiver of pc.getTransceivers()) {
      // Both ways from the start, with or without a track: a device that comes later then needs no new offer.
      transceiver.direction = 'sendrecv'
      await transceiver.sender.replaceTrack(tracks.get(kindOf(transceiver)) ?? null)
    }
    await pc.setLocalDescription(await pc.createAnswer())
    for (const transceiver of pc.getTransceivers()) await limitBitrate(transceiver)
    return pc.localDescription?.sdp ?? ''
  }

  /** Sends another track of this kind, or none, without a new offer. */
  async replace(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    for (const transceiver of this.peerConnection.getTransceivers()) {
      if (kindOf(transceiver) !== kind || transceiver.sender.track === track) continue
      await transceiver.sender.replaceTrack(track)
    }
  }

  async sample(): Promise<QualitySample> {
    const report = await this.peerConnection.getStats()
    const entries: StatsEntry[] = []
    report.forEach((entry: StatsEntry) => entries.push(entry))
    return sampleOf(entries)
  }

  close(): void {
    this.#over = true
    this.#disarm()
    this.peerConnection.close()
  }

  #onTrack(track: MediaStreamTrack): void {
    this.#remote.push(track)
    if (this.peerConnection.connectionState === 'connected') this.#showRemote()
  }

  #onState(): void {
    if (this.#over) return
    const state = this.peerConnection.connectionState
    if (state === 'connected') {
      this.#disarm()
      // Not before: until then the page keeps the last picture of the connection that this one replaces.
      this.#showRemote()
      this.#listener.onLink('connected')
    } else if (state === 'failed') {
      this.#giveUp()
    } else if (state === 'disconnected') {
      this.#arm(DISCONNECTED_PATIENCE_MS)
    }
  }

  #showRemote(): void {
    if (this.#remote.length > 0) this.#listener.onRemote(new MediaStream(this.#remote))
  }

  #giveUp(): void {
    if (this.#over) return
    this.#over = true
    this.#disarm()
    this.#listener.onLink('broken')
  }

  #arm(patienceMs: number): void {
    this.#disarm()
    this.#patience = setTimeout(() => this.#giveUp(), patienceMs)
  }

  #disarm(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }
}

function kindOf(transceiver: RTCRtpTransceiver): TrackKind {
  return transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video'
}

async function limitBitrate(transceiver: RTCRtpTransceiver): Promise<void> {
  const { sender } = transceiver
  const video = kindOf(transceiver) === 'video'
  const parameters = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string }
  const [encoding] = parameters.encodings as (RTCRtpEncodingParameters | undefined)[]
  if (encoding === undefined) return
  encoding.maxBitrate = video ? VIDEO_MAX_BITS_PER_S : AUDIO_MAX_BITS_PER_S
  if (video) parameters.degradationPreference = 'balanced'
  try {
    await sender.setParameters(parameters)
  } catch (error) {
    // A browser that refuses a limit still has its own congestion control: the call goes on without ours.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error
  }
}
