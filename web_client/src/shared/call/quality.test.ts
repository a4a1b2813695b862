import { describe, expect, it } from 'vitest'

import { figuresBetween, isQuiet, sampleOf, type QualitySample, type StatsEntry } from './quality'

function sample(change: Partial<QualitySample>): QualitySample {
  return {
    atMs: 0,
    received: 0,
    lost: 0,
    bytesReceived: 0,
    bytesSent: 0,
    frozenMs: 0,
    outgoingLoss: 0,
    jitterUpMs: 1,
    jitterDownMs: 2,
    roundTripMs: 20,
    ...change,
  }
}

describe('sampleOf', () => {
  it('adds up sound and picture, and takes the round trip of the pair in use', () => {
    const entries: StatsEntry[] = [
      { type: 'inbound-rtp', packetsReceived: 100, packetsLost: 3, bytesReceived: 5000, jitter: 0.004, totalFreezesDuration: 1.5 },
      { type: 'inbound-rtp', packetsReceived: 50, packetsLost: -2, bytesReceived: 2000, jitter: 0.0312 },
      { type: 'outbound-rtp', bytesSent: 300 },
      { type: 'outbound-rtp', bytesSent: 400 },
      { type: 'remote-inbound-rtp', fractionLost: 0.02, jitter: 0.01 },
      { type: 'remote-inbound-rtp', fractionLost: 0.05 },
      { id: 'a', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.9 },
      { id: 'b', type: 'candidate-pair', currentRoundTripTime: 0.0284 },
      { type: 'transport', selectedCandidatePairId: 'b' },
    ]
    expect(sampleOf(entries, 7)).toEqual({
      atMs: 7,
      received: 150,
      lost: 3,
      bytesReceived: 7000,
      bytesSent: 700,
      frozenMs: 1500,
      outgoingLoss: 0.05,
      jitterUpMs: 10,
      jitterDownMs: 31,
      roundTripMs: 28,
    })
  })

  it('finds the pair without a transport entry', () => {
    const pair = { id: 'a', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.1 }
    expect(sampleOf([pair], 0).roundTripMs).toBe(100)
  })

  it('knows nothing before there is something', () => {
    const nothing = { frozenMs: null, outgoingLoss: null, jitterUpMs: null, jitterDownMs: null, roundTripMs: null }
    expect(sampleOf([], 0)).toMatchObject(nothing)
  })

  it('never tells more than the protocol allows', () => {
    const pair = { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 120 }
    expect(sampleOf([pair], 0).roundTripMs).toBe(60_000)
  })
})

describe('figuresBetween', () => {
  const before = sample({ received: 1000, lost: 10, bytesReceived: 10, bytesSent: 20, frozenMs: 100 })

  it('is what happened in between', () => {
    const now = sample({ atMs: 2000, received: 1900, lost: 110, bytesReceived: 250_010, bytesSent: 25_020, frozenMs: 600, outgoingLoss: 0.04 })
    expect(figuresBetween(before, now)).toEqual({
      kbits_up: 100,
      kbits_down: 1000,
      loss_up_permille: 40,
      loss_down_permille: 100,
      jitter_up_ms: 1,
      jitter_down_ms: 2,
      round_trip_ms: 20,
      frozen_permille: 250,
    })
  })

  it('knows no loss of a silent peer, and no freezes where the browser does not count them', () => {
    const now = sample({ atMs: 2000, received: 1000, lost: 10, frozenMs: null, outgoingLoss: null })
    expect(figuresBetween(before, now)).toMatchObject({ loss_up_permille: null, loss_down_permille: null, frozen_permille: null })
  })

  it('takes counters that began anew for nothing', () => {
    const now = sample({ atMs: 2000, received: 5 })
    expect(figuresBetween(before, now)).toMatchObject({ kbits_up: 0, kbits_down: 0, loss_down_permille: null, frozen_permille: 0 })
  })

  it('never tells more than all of it', () => {
    const now = sample({ atMs: 10, frozenMs: 9_000, outgoingLoss: 2, bytesSent: 1e12 })
    expect(figuresBetween(before, now)).toMatchObject({ frozen_permille: 1000, loss_up_permille: 1000, kbits_up: 1_000_000 })
  })
})

describe('isQuiet', () => {
  const figures = figuresBetween(sample({}), sample({ atMs: 1000, received: 10 }))

  it.each([
    ['nothing lost', {}, true],
    ['nothing known', { loss_up_permille: null, frozen_permille: null }, true],
    ['a long way', { round_trip_ms: 900 }, true],
    ['a loss', { loss_down_permille: 1 }, false],
    ['a loss of ours', { loss_up_permille: 1 }, false],
    ['a freeze', { frozen_permille: 1 }, false],
  ] as const)('%s', (_name, change, quiet) => {
    expect(isQuiet({ ...figures, ...change })).toBe(quiet)
  })
})
