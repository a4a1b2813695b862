import { describe, expect, it } from 'vitest'

import { qualityBetween, sampleOf, type QualitySample, type StatsEntry } from './quality'

function sample(change: Partial<QualitySample>): QualitySample {
  return { received: 0, lost: 0, outgoingLoss: 0, roundTripMs: 20, ...change }
}

describe('sampleOf', () => {
  it('adds up sound and picture, and takes the round trip of the pair in use', () => {
    const entries: StatsEntry[] = [
      { type: 'inbound-rtp', packetsReceived: 100, packetsLost: 3 },
      { type: 'inbound-rtp', packetsReceived: 50, packetsLost: -2 },
      { type: 'remote-inbound-rtp', fractionLost: 0.02 },
      { type: 'remote-inbound-rtp', fractionLost: 0.05 },
      { id: 'a', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.9 },
      { id: 'b', type: 'candidate-pair', currentRoundTripTime: 0.0284 },
      { type: 'transport', selectedCandidatePairId: 'b' },
    ]
    expect(sampleOf(entries)).toEqual({ received: 150, lost: 3, outgoingLoss: 0.05, roundTripMs: 28 })
  })

  it('finds the pair without a transport entry', () => {
    const pair = { id: 'a', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.1 }
    expect(sampleOf([pair]).roundTripMs).toBe(100)
  })

  it('knows no round trip before the first one', () => {
    expect(sampleOf([])).toEqual({ received: 0, lost: 0, outgoingLoss: 0, roundTripMs: null })
  })

  it('never tells more than the protocol allows', () => {
    const pair = { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 120 }
    expect(sampleOf([pair]).roundTripMs).toBe(60_000)
  })
})

describe('qualityBetween', () => {
  const before = sample({ received: 1000, lost: 10 })

  it.each([
    ['nothing lost', sample({ received: 2000, lost: 10 }), 3],
    ['2 % lost', sample({ received: 1980, lost: 30 }), 3],
    ['3 % lost', sample({ received: 1970, lost: 40 }), 2],
    ['10 % lost', sample({ received: 1900, lost: 110 }), 1],
    ['the other side misses 4 %', sample({ received: 2000, lost: 10, outgoingLoss: 0.04 }), 2],
    ['the other side misses 20 %', sample({ received: 2000, lost: 10, outgoingLoss: 0.2 }), 1],
    ['a long way', sample({ received: 2000, lost: 10, roundTripMs: 300 }), 2],
    ['a very long way', sample({ received: 2000, lost: 10, roundTripMs: 700 }), 1],
    ['a silent peer', sample({ received: 1000, lost: 10 }), 3],
    ['counters that began anew', sample({ received: 5, lost: 0 }), 3],
  ] as const)('%s', (_name, now, level) => {
    expect(qualityBetween(before, now)).toEqual({ level, roundTripMs: now.roundTripMs })
  })
})
