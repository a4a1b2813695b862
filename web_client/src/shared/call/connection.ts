import type { LinkState } from './decisions'
import { SCREEN_HINT, type TrackKind } from './devices'
import { encodingOf } from './encodings'
import type { IceServers } from './types'
import { sampleOf, type QualitySample, type StatsEntry } from './quality'

/** Long enough for a few lost checks, short enough that nobody starts to talk about it. */
const DISCONNECTED_PATIENCE_MS = 500
/** A connection that does not come up in this time is given up, and asked for anew. */
const CONNECT_PATIENCE_MS = 12_000
/** The same for one that was up, once ICE began anew. */
const RESTART_PATIENCE_MS = 8_000

export interface ConnectionListener {
  /**
   * The connection came up; nothing comes through any more (`connecting`: ask for ICE to begin anew); or it is given
   * up (`broken` comes once, and is the last).
   */
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
  #wasConnected = false

  constructor(listener: ConnectionListener, iceServers: IceServers) {
    this.#listener = listener
    this.peerConnection = new RTCPeerConnection(configured(iceServers))
    this.peerConnection.addEventListener('track', (event) => this.#onTrack(event.track))
    this.peerConnection.addEventListener('connectionstatechange', () => this.#onState())
    this.#arm(CONNECT_PATIENCE_MS, () => this.#giveUp())
  }

  /** Whether ICE can begin anew on it: its keys are agreed, and it was not given up. */
  get canRestart(): boolean {
    return this.#wasConnected && !this.#over
  }

  /** TURN servers for when ICE begins anew: the credentials so far may have run out. */
  useServers(iceServers: IceServers): void {
    if (!this.#over) this.peerConnection.setConfiguration(configured(iceServers))
  }

  /** Applies an offer and makes its answer. `tracks` are sent from the first packet on; a missing one may follow. */
  async apply(sdp: string, tracks: ReadonlyMap<TrackKind, MediaStreamTrack>): Promise<string> {
    const pc = this.peerConnection
    if (this.#wasConnected && pc.connectionState !== 'connected') this.#arm(RESTART_PATIENCE_MS, () => this.#giveUp())
    await pc.setRemoteDescription({ type: 'offer', sdp })
    for (const transceiver of pc.getTransceivers()) {
      // Both ways from the start, with or without a track: a device that comes later then needs no new offer.
      transceiver.direction = 'sendrecv'
      await transceiver.sender.replaceTrack(tracks.get(kindOf(transceiver)) ?? null)
    }
    await pc.setLocalDescription(await pc.createAnswer())
    for (const transceiver of pc.getTransceivers()) await limit(transceiver)
    return pc.localDescription?.sdp ?? ''
  }

  /** Sends another track of this kind, or none, without a new offer. */
  async replace(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    for (const transceiver of this.peerConnection.getTransceivers()) {
      if (kindOf(transceiver) !== kind || transceiver.sender.track === track) continue
      await transceiver.sender.replaceTrack(track)
      if (track !== null) await limit(transceiver)
    }
  }

  async sample(): Promise<QualitySample> {
    return sampleOf(await this.entries(), performance.now())
  }

  /** Its statistics as the browser tells them. */
  async entries(): Promise<StatsEntry[]> {
    const report = await this.peerConnection.getStats()
    const entries: StatsEntry[] = []
    report.forEach((entry: StatsEntry) => entries.push(entry))
    return entries
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
      this.#wasConnected = true
      // Not before: until then the page keeps the last picture of the connection that this one replaces.
      this.#showRemote()
      this.#listener.onLink('connected')
    } else if (state === 'failed') {
      // One that never was connected has no keys either: only another one helps.
      if (this.#wasConnected) this.#listener.onLink('connecting')
      else this.#giveUp()
    } else if (state === 'disconnected') {
      this.#arm(DISCONNECTED_PATIENCE_MS, () => this.#listener.onLink('connecting'))
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

  #arm(patienceMs: number, then: () => void): void {
    this.#disarm()
    this.#patience = setTimeout(then, patienceMs)
  }

  #disarm(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }
}

function configured(iceServers: IceServers): RTCConfiguration {
  return { iceServers: iceServers.map((server) => ({ ...server, urls: [...server.urls] })), bundlePolicy: 'max-bundle' }
}

function kindOf(transceiver: RTCRtpTransceiver): TrackKind {
  return transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video'
}

async function limit(transceiver: RTCRtpTransceiver): Promise<void> {
  const { sender } = transceiver
  const parameters = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string }
  const [encoding] = parameters.encodings as (RTCRtpEncodingParameters | undefined)[]
  if (encoding === undefined) return
  const { width, height } = sender.track?.getSettings() ?? {}
  const { degradationPreference, ...limits } = encodingOf({
    kind: kindOf(transceiver),
    isScreen: sender.track?.contentHint === SCREEN_HINT,
    lines: width === undefined || height === undefined ? null : Math.min(width, height),
  })
  Object.assign(encoding, limits)
  if (degradationPreference !== undefined) parameters.degradationPreference = degradationPreference
  try {
    await sender.setParameters(parameters)
  } catch (error) {
    // A browser that refuses a limit still has its own congestion control: the call goes on without ours.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error
  }
}
