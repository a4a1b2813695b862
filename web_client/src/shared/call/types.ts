import type { DeviceOptions } from './device_choice'
import type { Figures } from './quality'
import type { components } from '../../generated/schema'

type S = components['schemas']

export type CallView = S['CallView']
export type CallOffer = S['CallOffer']
export type CallJoined = S['CallJoined']
/** TURN servers, with credentials for a while. */
export type IceServers = CallJoined['ice_servers']
export type CallAnswer = S['CallAnswer']
export type LegView = S['LegView']
export type LegName = S['LegName']
export type Facing = S['Facing']
/** What a leg says that it sends. */
export type DevicesChosen = S['DevicesChosen']

/** Why a wanted microphone or camera is not there: refused by the person, absent, or held by another program. */
export type DeviceProblem = 'denied' | 'none' | 'in_use'

/**
 * A change of devices that nobody on the page asked for: the one in use went away and another one took its place, or
 * none did, or a missing one came back. `serial` tells two of the same kind apart.
 */
export interface DeviceNotice {
  readonly device: 'microphone' | 'camera'
  readonly what: 'replaced' | 'lost' | 'back'
  /** The name of the device that is in use now; may be empty. */
  readonly label: string
  readonly serial: number
}

/** One value for each device that is opened. */
export interface PerDevice<T> {
  readonly microphone: T
  readonly camera: T
}

/**
 * - `idle`: no call; `prepare` may show the own picture.
 * - `starting`: opening the devices and asking the server for its offer.
 * - `connecting`: answered; the two sides have not been connected at once yet.
 * - `running`: both sides are connected.
 * - `recovering`: was running, and one side, or this page's connection, is away.
 * - `moved`: the same person has the call on another page; `start` brings it here.
 * - `ended`: the call is over; `call.end_reason`, or `error`, says why.
 */
export type CallPhase = 'idle' | 'starting' | 'connecting' | 'running' | 'recovering' | 'moved' | 'ended'

/** Everything that a page shows of a call. Never changed in place: each change makes a new one. */
export interface CallSnapshot {
  readonly phase: CallPhase
  /** What the call is joined by: a ticket, or a case for a call that was asked for in its conversation. */
  readonly ticketId: string | null
  readonly caseId: string | null
  readonly call: CallView | null
  readonly localStream: MediaStream | null
  readonly remoteStream: MediaStream | null
  /** True while this page sends sound, or a picture. */
  readonly microphone: boolean
  readonly camera: boolean
  readonly facing: Facing
  /** True while the other side sees this page's screen in the camera's place. */
  readonly screen: boolean
  /** Cameras that this machine shows; switching needs two. */
  readonly cameras: number
  /** Microphones, cameras and speakers to choose from. */
  readonly options: DeviceOptions
  /** The ids of those in use. */
  readonly using: PerDevice<string | null>
  /** The first of `problems`. */
  readonly deviceProblem: DeviceProblem | null
  readonly problems: PerDevice<DeviceProblem | null>
  /** True while an open device gives nothing, because the system or another program took it. */
  readonly interrupted: PerDevice<boolean>
  readonly deviceNotice: DeviceNotice | null
  /** The last thing that went wrong, as the transport threw it. Gone with the next success. */
  readonly error: unknown
}

/**
 * The engine's way to the server. Every function rejects with whatever the caller's socket throws.
 */
export interface CallTransport {
  join(ticketId: string, devices: DevicesChosen): Promise<CallJoined>
  /** Into the open call of a case, which was asked for in its conversation. */
  joinCase(caseId: string, devices: DevicesChosen): Promise<CallJoined>
  /** Goes on with the connection of that generation after the socket was away; refused where another one has its place. */
  resume(callId: string, generation: number): Promise<CallJoined>
  /** The same where the network changed, with an offer by which ICE begins anew; `revision`: the newest one applied. */
  restart(callId: string, generation: number, revision: number): Promise<CallJoined>
  /** Connects to the server anew where nothing comes through: the network under the old connection may be gone. */
  renew(): void
  answer(answer: CallAnswer): Promise<unknown>
  setDevices(callId: string, devices: DevicesChosen): Promise<CallView>
  sendQuality(callId: string, figures: Figures): Promise<unknown>
  hangUp(callId: string): Promise<CallView>
  /** True where asking again cannot help: the server understood, and said no. */
  isRefusal(error: unknown): boolean
  /** True for the refusal that says: another page's connection has the place of this one. */
  isReplaced(error: unknown): boolean
}
