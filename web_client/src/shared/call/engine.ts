import { pause } from '../pause'
import { CallConnection } from './connection'
import { isNewer, offerStep, phaseOf, rejoinDelayMs, type LinkState } from './decisions'
import { NO_OPTIONS } from './device_choice'
import { LocalDevices, type TrackKind } from './devices'
import { watchNetwork } from './network'
import type { Figures } from './quality'
import { QualityWatch } from './quality_watch'
import type {
  CallJoined,
  CallOffer,
  CallPhase,
  CallSnapshot,
  CallTransport,
  CallView,
  DevicesChosen,
  IceServers,
  PerDevice,
} from './types'

/** How long joining waits for the person's yes to camera and microphone; devices that come later are added then. */
const DEVICES_PATIENCE_MS = 3_000
/** A restart whose answer takes longer than this goes by a socket whose network is gone. */
const RESTART_ANSWER_MS = 3_000
/** A hang-up that does not reach the server is repeated this often; after that the server's own deadline ends the call. */
const HANG_UP_ATTEMPTS = 12

/** Phases in which nothing goes to the server by itself. */
const RESTING: readonly CallPhase[] = ['idle', 'ended', 'moved']

const IDLE: CallSnapshot = {
  phase: 'idle',
  ticketId: null,
  caseId: null,
  call: null,
  localStream: null,
  remoteStream: null,
  microphone: false,
  camera: false,
  facing: 'unknown',
  screen: false,
  cameras: 0,
  options: NO_OPTIONS,
  using: { microphone: null, camera: null },
  deviceProblem: null,
  problems: { microphone: null, camera: null },
  interrupted: { microphone: false, camera: false },
  deviceNotice: null,
  error: null,
}

/** What tests and support may look at, read-only. */
export interface CallHandle {
  readonly peerConnection: RTCPeerConnection | null
}

declare global {
  interface Window {
    __shuitongCall?: CallHandle
  }
}

/**
 * One page's side of a video call: devices, connection, coming back by itself, and what the page shows of it.
 *
 * Feed it: `applyCall` and `applyOffer` with the pushes, `socketBack` at every reconnect. It never asks the person
 * anything, and never gives up while the server keeps the call open.
 */
export class CallEngine {
  readonly #transport: CallTransport
  readonly #listeners = new Set<(snapshot: CallSnapshot) => void>()
  readonly #devices: LocalDevices
  readonly #quality: QualityWatch
  #snapshot: CallSnapshot = IDLE
  #connection: CallConnection | null = null
  #applied: CallOffer | null = null
  #link: LinkState = 'none'
  #wasConnected = false
  /** Counts starts and ends: what was begun before the last one is out of date. */
  #epoch = 0
  #tail: Promise<void> = Promise.resolve()
  #announced = ''
  #joining = false
  #attempt = 0
  #rejoin: ReturnType<typeof setTimeout> | null = null
  #left: string | null = null
  #iceServers: IceServers = []
  #restarting = false
  /** The network changed, and ICE did not begin anew since. */
  #doubtful = false
  #unwatch: (() => void) | null = null
  /** An offer that overtook the answer to our own join. */
  #early: CallOffer | null = null

  constructor(transport: CallTransport) {
    this.#transport = transport
    this.#devices = new LocalDevices(() => this.#onDevices())
    this.#quality = new QualityWatch((figures) => this.#run(() => this.#sendQuality(figures)))
  }

  get snapshot(): CallSnapshot {
    return this.#snapshot
  }

  /** Calls `listener` with every new snapshot. Returns the way to stop it. */
  subscribe(listener: (snapshot: CallSnapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** True where this page hung up the call itself: it must not be joined again, even if the server still has it open. */
  hasLeft(callId: string): boolean {
    return this.#left === callId
  }

  /** Opens the devices for the own picture, before a call. `start` goes on with them. */
  async prepare(devices: DevicesChosen): Promise<void> {
    await this.#devices.open(devices)
  }

  /**
   * Joins the call of a ticket. Nothing happens where that call is already being joined or running. Resolves once
   * the first join was answered or refused; what happens then is in the snapshot.
   */
  async start(ticketId: string, devices: DevicesChosen): Promise<void> {
    if (this.#isActive() && this.#snapshot.ticketId === ticketId) return
    await this.#begin({ ticketId, caseId: null }, devices)
  }

  /** The same for the open call of a case, which was asked for in its conversation. */
  async startOfCase(caseId: string, devices: DevicesChosen): Promise<void> {
    if (this.#isActive() && this.#snapshot.caseId === caseId) return
    await this.#begin({ ticketId: null, caseId }, devices)
  }

  async #begin(door: Pick<CallSnapshot, 'ticketId' | 'caseId'>, devices: DevicesChosen): Promise<void> {
    this.#disconnect()
    const epoch = this.#epoch
    this.#set({ phase: 'starting', ...door, call: null, remoteStream: null, error: null })
    this.#expose()
    this.#unwatch = watchNetwork(() => this.#networkChanged())
    const opened = this.#devices.open(devices)
    await Promise.race([opened, pause(DEVICES_PATIENCE_MS)])
    if (epoch !== this.#epoch) return
    await this.#join()
    await opened
  }

  /** Takes an offer, from a push or from joining. Out-of-date ones are dropped. */
  applyOffer(offer: CallOffer): void {
    if (!this.#isActive()) return
    if (this.#joining) {
      this.#early = offer
      return
    }
    if (this.#snapshot.call?.call_id !== offer.call_id) return
    this.#run(() => this.#answer(offer))
  }

  /** Takes a call's new state, from a push, an acknowledgement, or a ticket. Older ones are dropped. */
  applyCall(view: CallView): void {
    const known = this.#snapshot.call
    if (known === null || known.call_id !== view.call_id || !isNewer(known, view)) return
    this.#set({ call: view })
    if (view.state === 'ended') this.#finish()
    else this.#refresh()
  }

  /** The same person joined from another page: this one gives the call up, until `start` is asked for here again. */
  moved(callId: string): void {
    if (!this.#isActive() || this.#snapshot.call?.call_id !== callId) return
    this.#rest('moved')
  }

  /** The socket is connected again: what was missed meanwhile is made good. */
  socketBack(): void {
    if (!this.#isActive() || this.#snapshot.call === null) return
    if (this.#link === 'connected' && !this.#doubtful) {
      void this.#resume()
    } else if (this.#connection?.canRestart === true) {
      void this.#restart()
    } else {
      this.#attempt = 0
      this.#joinAgain()
    }
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.#devices.set('audio', on)
  }

  async setCamera(on: boolean): Promise<void> {
    await this.#devices.set('video', on)
  }

  /**
   * Shows a screen or window in the camera's place, without a new offer; the person chooses which. Throws DeviceError
   * where the system refuses.
   */
  async shareScreen(): Promise<void> {
    if (this.#isActive()) await this.#devices.shareScreen()
  }

  /** Back to the camera. */
  stopScreen(): void {
    this.#devices.stopScreen()
  }

  /** Goes to the next camera, without a new offer. Throws DeviceError where it cannot be opened. */
  async switchCamera(): Promise<void> {
    await this.#devices.switchCamera()
  }

  /** Goes to that microphone or camera, without a new offer. Throws DeviceError where it cannot be opened. */
  async chooseDevice(device: 'microphone' | 'camera', deviceId: string): Promise<void> {
    await this.#devices.choose(device === 'microphone' ? 'audio' : 'video', deviceId)
  }

  /**
   * Ends the call for both sides. Here it is over at once; telling the server is repeated until it knows.
   * Throws nothing: a server that cannot be reached ends the call by its own deadline.
   *
   * `joining`: the call that the page is about to be in, for while the join is not answered yet.
   */
  async hangUp(joining: string | null): Promise<void> {
    const callId = this.#snapshot.call?.call_id ?? joining
    this.#finish()
    if (callId === null) return
    this.#left = callId
    for (let attempt = 0; attempt < HANG_UP_ATTEMPTS; attempt += 1) {
      try {
        const view = await this.#transport.hangUp(callId)
        if (this.#snapshot.call?.call_id === callId) this.#set({ call: view })
        return
      } catch (error) {
        if (this.#transport.isRefusal(error)) return
        await pause(rejoinDelayMs(attempt + 1))
      }
    }
  }

  /** Leaves the page's side without a word to the server, and gives the devices back. */
  stop(): void {
    this.#disconnect()
    this.#devices.close()
    this.#snapshot = IDLE
    this.#emit()
    delete window.__shuitongCall
  }

  #isActive(): boolean {
    return !RESTING.includes(this.#snapshot.phase)
  }

  async #join(): Promise<void> {
    const { ticketId, caseId } = this.#snapshot
    if ((ticketId === null && caseId === null) || this.#joining) return
    const epoch = this.#epoch
    this.#joining = true
    try {
      const sending = this.#devices.sending
      const joined = await this.#enter(ticketId, caseId ?? '', sending)
      if (epoch === this.#epoch) this.#joined(joined, sending)
    } catch (error) {
      if (epoch === this.#epoch) this.#joinFailed(error)
    } finally {
      if (epoch === this.#epoch) this.#joining = false
    }
  }

  #enter(ticketId: string | null, caseId: string, sending: DevicesChosen): Promise<CallJoined> {
    return ticketId === null ? this.#transport.joinCase(caseId, sending) : this.#transport.join(ticketId, sending)
  }

  /** The connection outlived the socket: go on with it, and take what was missed. */
  async #resume(): Promise<void> {
    const applied = this.#applied
    if (applied === null) return
    const epoch = this.#epoch
    try {
      const { call, offer } = await this.#transport.resume(applied.call_id, applied.generation)
      if (epoch !== this.#epoch) return
      this.applyCall(call)
      this.applyOffer(offer)
      this.#announced = ''
      this.#announce()
    } catch (error) {
      if (epoch === this.#epoch) this.#notResumed(error, applied)
    }
  }

  #notResumed(error: unknown, applied: CallOffer): void {
    // Offline again: the next connect comes here again.
    if (!this.#transport.isRefusal(error)) return
    if (this.#transport.isReplaced(error)) this.moved(applied.call_id)
    else this.#joinAgain()
  }

  /** Lets ICE begin anew on the connection. Offline, the next connect of the socket does it. */
  async #restart(): Promise<void> {
    const applied = this.#applied
    if (applied === null || this.#restarting || this.#connection?.canRestart !== true) return
    const epoch = this.#epoch
    this.#restarting = true
    const late = setTimeout(() => this.#transport.renew(), RESTART_ANSWER_MS)
    try {
      const { call, offer, ice_servers } = await this.#transport.restart(
        applied.call_id,
        applied.generation,
        applied.revision,
      )
      if (epoch !== this.#epoch) return
      this.#connection.useServers(ice_servers)
      this.#doubtful = false
      this.applyCall(call)
      this.applyOffer(offer)
      this.#announced = ''
      this.#announce()
    } catch (error) {
      if (epoch === this.#epoch) this.#notResumed(error, applied)
    } finally {
      clearTimeout(late)
      if (epoch === this.#epoch) this.#restarting = false
    }
  }

  #networkChanged(): void {
    this.#doubtful = true
    void this.#restart()
  }

  #joined({ call, offer, ice_servers }: CallJoined, announced: DevicesChosen): void {
    this.#iceServers = ice_servers
    this.#announced = JSON.stringify(announced)
    this.#set({ call, error: null })
    if (call.state === 'ended') {
      this.#finish()
      return
    }
    this.#refresh()
    this.#run(() => {
      // Each join has a connection of its own, whatever its number: a server that restarted counts from 1 again.
      this.#applied = null
      return this.#answer(offer)
    })
    const early = this.#early
    this.#early = null
    if (early?.call_id === call.call_id) this.#run(() => this.#answer(early))
    this.#announce()
  }

  #joinFailed(error: unknown): void {
    this.#set({ error })
    if (this.#transport.isRefusal(error)) this.#finish()
    else this.#joinAgain()
  }

  #joinAgain(): void {
    const delayMs = rejoinDelayMs(this.#attempt)
    this.#attempt += 1
    if (this.#rejoin !== null) clearTimeout(this.#rejoin)
    this.#rejoin = setTimeout(() => {
      this.#rejoin = null
      void this.#join()
    }, delayMs)
  }

  /** Runs one step after the other: offers, answers and replaced tracks never overlap. */
  #run(step: () => Promise<void>): void {
    const epoch = this.#epoch
    this.#tail = this.#tail.then(async () => {
      if (epoch !== this.#epoch) return
      try {
        await step()
      } catch (error) {
        if (epoch === this.#epoch) this.#stepFailed(error)
      }
    })
  }

  #stepFailed(error: unknown): void {
    this.#set({ error })
    if (this.#link === 'connected') return
    // An answer to a restart that was lost with the socket: the next connect asks for another one.
    if (this.#connection?.canRestart === true && !this.#transport.isRefusal(error)) return
    this.#joinAgain()
  }

  async #answer(offer: CallOffer): Promise<void> {
    const step = offerStep(this.#applied, offer)
    if (step === 'stale') return
    if (step === 'replace' || this.#connection === null) this.#connect()
    const connection = this.#connection
    if (connection === null) return
    this.#applied = offer
    const sdp = await connection.apply(offer.sdp, this.#tracks())
    if (this.#connection !== connection) return
    const { call_id, generation, revision } = offer
    await this.#transport.answer({ call_id, generation, revision, sdp })
  }

  #connect(): void {
    this.#connection?.close()
    const connection: CallConnection = new CallConnection(
      {
        onLink: (link) => this.#connection === connection && this.#onLink(link),
        onRemote: (remoteStream) => this.#connection === connection && this.#set({ remoteStream }),
      },
      this.#iceServers,
    )
    this.#connection = connection
    this.#link = 'connecting'
    this.#quality.watch(connection)
  }

  #onLink(link: LinkState): void {
    this.#link = link
    if (link === 'connected') {
      this.#wasConnected = true
      this.#attempt = 0
      this.#set({ error: null })
    }
    this.#refresh()
    if (link === 'broken') this.#joinAgain()
    else if (link === 'connecting') void this.#restart()
  }

  #refresh(): void {
    const { call } = this.#snapshot
    if (call === null || !this.#isActive()) return
    this.#set({ phase: phaseOf(call, this.#link, this.#wasConnected) })
  }

  #onDevices(): void {
    const { microphone, camera, facing, screen } = this.#devices.sending
    const { stream: localStream, options, notice: deviceNotice } = this.#devices
    const per = <T>(of: (kind: TrackKind) => T): PerDevice<T> => ({ microphone: of('audio'), camera: of('video') })
    const problems = per((kind) => this.#devices.problem(kind))
    this.#set({
      microphone,
      camera,
      facing,
      screen,
      localStream,
      cameras: options.cameras.length,
      options,
      using: per((kind) => this.#devices.deviceId(kind)),
      deviceProblem: problems.microphone ?? problems.camera,
      problems,
      interrupted: per((kind) => this.#devices.interrupted(kind)),
      deviceNotice,
    })
    if (!this.#isActive()) return
    for (const kind of ['audio', 'video'] as const) {
      this.#run(async () => this.#connection?.replace(kind, this.#devices.sent(kind)))
    }
    this.#announce()
  }

  /** Tells the other side what is sent, once a change; the latest state wins. */
  #announce(): void {
    this.#run(async () => {
      const callId = this.#snapshot.call?.call_id
      const sending = this.#devices.sending
      if (callId === undefined || JSON.stringify(sending) === this.#announced) return
      this.#announced = JSON.stringify(sending)
      try {
        this.applyCall(await this.#transport.setDevices(callId, sending))
      } catch (error) {
        this.#announced = ''
        throw error
      }
    })
  }

  async #sendQuality(figures: Figures): Promise<void> {
    const callId = this.#snapshot.call?.call_id
    if (callId !== undefined) await this.#transport.sendQuality(callId, figures)
  }

  #tracks(): Map<TrackKind, MediaStreamTrack> {
    const tracks = new Map<TrackKind, MediaStreamTrack>()
    for (const kind of ['audio', 'video'] as const) {
      const track = this.#devices.sent(kind)
      if (track !== null) tracks.set(kind, track)
    }
    return tracks
  }

  /** The call is over: everything is given back, and the snapshot keeps why. */
  #finish(): void {
    this.#rest('ended')
    delete window.__shuitongCall
  }

  /** The phase comes first: devices that are given back are no news for the other side. */
  #rest(phase: 'ended' | 'moved'): void {
    this.#disconnect()
    this.#set({ phase, remoteStream: null })
    this.#devices.close()
  }

  #disconnect(): void {
    this.#epoch += 1
    this.#tail = Promise.resolve()
    if (this.#rejoin !== null) clearTimeout(this.#rejoin)
    this.#rejoin = null
    this.#quality.stop()
    this.#connection?.close()
    this.#connection = null
    this.#applied = null
    this.#link = 'none'
    this.#wasConnected = false
    this.#announced = ''
    this.#attempt = 0
    this.#joining = false
    this.#early = null
    this.#restarting = false
    this.#doubtful = false
    this.#unwatch?.()
    this.#unwatch = null
  }

  #expose(): void {
    const current = (): RTCPeerConnection | null => this.#connection?.peerConnection ?? null
    window.__shuitongCall = {
      get peerConnection() {
        return current()
      },
    }
  }

  #set(change: Partial<CallSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    this.#emit()
  }

  #emit(): void {
    for (const listener of this.#listeners) listener(this.#snapshot)
  }
}
