/** By which way a connection's media go, from its statistics. Pure. */
import type { StatsEntry } from '../quality'

interface CandidateEntry extends StatsEntry {
  readonly candidateType?: string
  readonly localCandidateId?: string
}

/** Whether media take the way round by a TURN server: slower, but it goes through where UDP is blocked. */
export function isRelayed(entries: Iterable<CandidateEntry>): boolean {
  const all = [...entries]
  const selected = all.find((entry) => entry.selectedCandidatePairId !== undefined)?.selectedCandidatePairId
  const pair = all.find((entry) =>
    entry.type === 'candidate-pair' && (selected === undefined ? entry.nominated === true && entry.state === 'succeeded' : entry.id === selected),
  )
  const local = all.find((entry) => entry.type === 'local-candidate' && entry.id === pair?.localCandidateId)
  return local?.candidateType === 'relay'
}
