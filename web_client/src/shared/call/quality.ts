/**
 * Connection quality from two readings of `RTCPeerConnection.getStats()`. Pure.
 *
 * Loss is what this page missed of the other side's packets, or what the other side reports to miss of ours,
 * whichever is worse; the round trip is that of the ICE pair in use, so it is the way to the relay and back.
 */

/** The counters of one reading that matter here; sums over sound and picture. */
export interface QualitySample {
  readonly received: number
  readonly lost: number
  /** The other side's latest report on our packets, 0..1. */
  readonly outgoingLoss: number
  readonly roundTripMs: number | null
}

export interface QualityReading {
  readonly level: 1 | 2 | 3
  readonly roundTripMs: number | null
}

const POOR_LOSS = 0.08
const FAIR_LOSS = 0.025
const POOR_ROUND_TRIP_MS = 600
const FAIR_ROUND_TRIP_MS = 250
const MAX_ROUND_TRIP_MS = 60_000

/** One entry of an RTCStatsReport, as far as it is read here. */
export interface StatsEntry {
  readonly id?: string
  readonly type: string
  readonly packetsReceived?: number
  readonly packetsLost?: number
  readonly fractionLost?: number
  readonly currentRoundTripTime?: number
  readonly nominated?: boolean
  readonly state?: string
  readonly selectedCandidatePairId?: string
}

/** Reads the counters out of a report's entries (`[...report.values()]`). */
export function sampleOf(entries: Iterable<StatsEntry>): QualitySample {
  let received = 0
  let lost = 0
  let outgoingLoss = 0
  let selected: string | undefined
  const pairs: StatsEntry[] = []
  for (const entry of entries) {
    if (entry.type === 'inbound-rtp') {
      received += entry.packetsReceived ?? 0
      lost += Math.max(0, entry.packetsLost ?? 0)
    } else if (entry.type === 'remote-inbound-rtp') {
      outgoingLoss = Math.max(outgoingLoss, entry.fractionLost ?? 0)
    } else if (entry.type === 'candidate-pair') {
      pairs.push(entry)
    } else if (entry.type === 'transport') {
      selected = entry.selectedCandidatePairId ?? selected
    }
  }
  const seconds = roundTripOf(pairs, selected)
  const roundTripMs = seconds === undefined ? null : Math.min(MAX_ROUND_TRIP_MS, Math.round(seconds * 1000))
  return { received, lost, outgoingLoss, roundTripMs }
}

function roundTripOf(pairs: readonly StatsEntry[], selected: string | undefined): number | undefined {
  // Firefox has no `transport` entry: there the nominated pair that succeeded is the one in use.
  const pair =
    pairs.find((entry) => selected !== undefined && entry.id === selected) ??
    pairs.find((entry) => entry.nominated === true && entry.state === 'succeeded')
  return pair?.currentRoundTripTime
}

/** The level between two readings of the same connection. */
export function qualityBetween(before: QualitySample, now: QualitySample): QualityReading {
  const received = Math.max(0, now.received - before.received)
  const lost = Math.max(0, now.lost - before.lost)
  const incomingLoss = received + lost === 0 ? 0 : lost / (received + lost)
  const loss = Math.max(incomingLoss, now.outgoingLoss)
  const roundTripMs = now.roundTripMs
  return { level: levelOf(loss, roundTripMs ?? 0), roundTripMs }
}

function levelOf(loss: number, roundTripMs: number): 1 | 2 | 3 {
  if (loss >= POOR_LOSS || roundTripMs >= POOR_ROUND_TRIP_MS) return 1
  if (loss >= FAIR_LOSS || roundTripMs >= FAIR_ROUND_TRIP_MS) return 2
  return 3
}
