import { describe, expect, it } from 'vitest'

import { isRelayed } from './way'

const candidates = [
  { type: 'local-candidate', id: 'own', candidateType: 'host' },
  { type: 'local-candidate', id: 'turn', candidateType: 'relay' },
]
const pair = (id: string, localCandidateId: string, more: object = {}): { type: string; id: string } => ({
  type: 'candidate-pair',
  id,
  ...{ localCandidateId, state: 'succeeded', ...more },
})

describe('the way of media', () => {
  it('is that of the pair which the transport names', () => {
    const pairs = [pair('direct', 'own', { nominated: true }), pair('round', 'turn')]
    expect(isRelayed([...candidates, ...pairs, { type: 'transport', selectedCandidatePairId: 'round' }])).toBe(true)
    expect(isRelayed([...candidates, ...pairs, { type: 'transport', selectedCandidatePairId: 'direct' }])).toBe(false)
  })

  it('is that of the nominated pair where none is named', () => {
    expect(isRelayed([...candidates, pair('direct', 'own'), pair('round', 'turn', { nominated: true })])).toBe(true)
    const failed = pair('round', 'turn', { nominated: true, state: 'failed' })
    expect(isRelayed([...candidates, failed, pair('direct', 'own', { nominated: true })])).toBe(false)
  })

  it('is not known to go round where nothing is told', () => {
    expect(isRelayed([])).toBe(false)
  })
})
