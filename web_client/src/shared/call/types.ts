import type { components } from '../../generated/schema'

type S = components['schemas']

export type CallView = S['CallView']
export type CallOffer = S['CallOffer']
export type CallJoined = S['CallJoined']
export type CallAnswer = S['CallAnswer']
export type LegView = S['LegView']
export type LegName = S['LegName']
export type Facing = S['Facing']
/** What a leg says that it sends. */
export type DevicesChosen = S['DevicesChosen']

/** 1 poor, 2 fair, 3 good; 0 while nothing has been measured. */
export type QualityLevel = 0 | 1 | 2 | 3

/** Why a wanted microphone or camera is not there: refused by the person, absent, or held by another program. */
export type DeviceProblem = 'denied' | 'none' | 'in_use'

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
  readonly ticketId: string | null
  readonly call: CallView | null
  readonly localStream: MediaStream | null
  readonly remoteStream: MediaStream | null
  /** True while this page sends sound, or a picture. */
  readonly microphone: boolean
  readonly camera: boolean
  readonly facing: Facing
  /** Cameras that this machine shows; switching needs two. */
  readonly cameras: number
  readonly deviceProblem: DeviceProblem | null
  readonly quality: { readonly level: QualityLevel; readonly roundTripMs: number | null }
  /** The last thing that went wrong, as the transport threw it. Gone with the next success. */
  readonly error: unknown
}

/**
 * The engine's way to the server. Every function rejects with whatever the caller's socket throws.
 */
export interface CallTransport {
  join(ticketId: string, devices: DevicesChosen): Promise<CallJoined>
  /** Goes on with the connection of that generation after the socket was away; refused where another one has its place. */
  resume(callId: string, generation: number): Promise<CallJoined>
  answer(answer: CallAnswer): Promise<unknown>
  setDevices(callId: string, devices: DevicesChosen): Promise<CallView>
  sendQuality(callId: string, level: 1 | 2 | 3, roundTripMs: number | null): Promise<unknown>
  hangUp(callId: string): Promise<CallView>
  /** True where asking again cannot help: the server understood, and said no. */
  isRefusal(error: unknown): boolean
  /** True for the refusal that says: another page's connection has the place of this one. */
  isReplaced(error: unknown): boolean
}
