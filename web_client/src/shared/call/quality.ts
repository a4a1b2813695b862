/**
 * What a page measures of its own connection: the figures between two readings of `RTCPeerConnection.getStats()`.
 * Pure. The server judges them; it takes from here only what the relay does not see itself.
 */
import type { components } from '../../generated/schema'

type S = components['schemas']

/** What a connection comes to, and why it is not good. */
export type Quality = S['Quality']
/** Over some seconds; null where the browser does not tell. `up`: what this page sends. */
export type Figures = S['Figures']
export type Flaw = S['Flaw']

export const NO_FIGURES: Figures = {
  kbits_up: null,
  kbits_down: null,
  loss_up_permille: null,
  loss_down_permille: null,
  jitter_up_ms: null,
  jitter_down_ms: null,
  round_trip_ms: null,
  frozen_permille: null,
}
/** Before anything was measured. */
export const UNKNOWN_QUALITY: Quality = { level: 0, flaw: null, figures: NO_FIGURES }

/** The counters of one reading that matter here; sums over sound and picture. */
export interface QualitySample {
  readonly atMs: number
  readonly received: number
  readonly lost: number
  readonly bytesReceived: number
  readonly bytesSent: number
  /** For how long the picture stood still since the beginning; null where the browser does not count it. */
  readonly frozenMs: number | null
  /** The other side's latest report on our packets, 0..1; null before the first. */
  readonly outgoingLoss: number | null
  readonly jitterUpMs: number | null
  readonly jitterDownMs: number | null
  readonly roundTripMs: number | null
}

const MOST_MS = 60_000
const MOST_KBITS = 1_000_000
const WHOLE = 1_000

/** One entry of an RTCStatsReport, as far as it is read here. */
export interface StatsEntry {
  readonly id?: string
  readonly type: string
  readonly packetsReceived?: number
  readonly packetsLost?: number
  readonly bytesReceived?: number
  readonly bytesSent?: number
  readonly totalFreezesDuration?: number
  readonly jitter?: number
  readonly fractionLost?: number
  readonly currentRoundTripTime?: number
  readonly nominated?: boolean
  readonly state?: string
  readonly selectedCandidatePairId?: string
}

/** Reads the counters out of a report's entries (`[...report.values()]`). */
export function sampleOf(entries: Iterable<StatsEntry>, atMs: number): QualitySample {
  const all = [...entries]
  const inbound = all.filter((entry) => entry.type === 'inbound-rtp')
  const reported = all.filter((entry) => entry.type === 'remote-inbound-rtp')
  const outbound = all.filter((entry) => entry.type === 'outbound-rtp')
  const pairs = all.filter((entry) => entry.type === 'candidate-pair')
  const selected = all.find((entry) => entry.selectedCandidatePairId !== undefined)?.selectedCandidatePairId
  const freezes = inbound.map((entry) => entry.totalFreezesDuration).filter((seconds) => seconds !== undefined)
  return {
    atMs,
    received: sum(inbound.map((entry) => entry.packetsReceived ?? 0)),
    lost: sum(inbound.map((entry) => Math.max(0, entry.packetsLost ?? 0))),
    bytesReceived: sum(inbound.map((entry) => entry.bytesReceived ?? 0)),
    bytesSent: sum(outbound.map((entry) => entry.bytesSent ?? 0)),
    frozenMs: freezes.length === 0 ? null : sum(freezes) * 1000,
    outgoingLoss: most(reported.map((entry) => entry.fractionLost)),
    jitterUpMs: toMs(most(reported.map((entry) => entry.jitter))),
    jitterDownMs: toMs(most(inbound.map((entry) => entry.jitter))),
    roundTripMs: toMs(roundTripOf(pairs, selected) ?? null),
  }
}

/** The figures between two readings of the same connection; counters that began anew count as nothing. */
export function figuresBetween(before: QualitySample, now: QualitySample): Figures {
  const lengthMs = Math.max(1, now.atMs - before.atMs)
  const received = Math.max(0, now.received - before.received)
  const lost = Math.max(0, now.lost - before.lost)
  const kbits = (first: number, last: number): number =>
    Math.min(MOST_KBITS, Math.floor((Math.max(0, last - first) * 8) / lengthMs))
  const frozenMs = now.frozenMs === null || before.frozenMs === null ? null : Math.max(0, now.frozenMs - before.frozenMs)
  return {
    kbits_up: kbits(before.bytesSent, now.bytesSent),
    kbits_down: kbits(before.bytesReceived, now.bytesReceived),
    loss_up_permille: now.outgoingLoss === null ? null : permille(now.outgoingLoss),
    loss_down_permille: received + lost === 0 ? null : permille(lost / (received + lost)),
    jitter_up_ms: now.jitterUpMs,
    jitter_down_ms: now.jitterDownMs,
    round_trip_ms: now.roundTripMs,
    frozen_permille: frozenMs === null ? null : permille(frozenMs / lengthMs),
  }
}

/** Whether nothing was lost and the picture moved: then there is little to tell. */
export function isQuiet(figures: Figures): boolean {
  return [figures.loss_up_permille, figures.loss_down_permille, figures.frozen_permille].every((one) => (one ?? 0) === 0)
}

function roundTripOf(pairs: readonly StatsEntry[], selected: string | undefined): number | undefined {
  // Firefox has no `transport` entry: there the nominated pair that succeeded is the one in use.
  const pair =
    pairs.find((entry) => selected !== undefined && entry.id === selected) ??
    pairs.find((entry) => entry.nominated === true && entry.state === 'succeeded')
  return pair?.currentRoundTripTime
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function most(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}

function toMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.max(0, Math.min(MOST_MS, Math.round(seconds * 1000)))
}

function permille(share: number): number {
  return Math.max(0, Math.min(WHOLE, Math.round(share * WHOLE)))
}
