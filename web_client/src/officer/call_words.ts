/** Which sentence stands over the picture. Pure. */
import { legOf } from '@/shared/call/decisions'
import type { CallPhase, CallView, LegView } from '@/shared/call/types'

export type StageMessage = 'none' | 'waitingPeer' | 'peerLost' | 'ownLost'

/** What is missing, if something is: the other side, or this page's own connection. */
export function stageMessage(phase: CallPhase, call: CallView | null): StageMessage {
  if (call === null || phase === 'idle' || phase === 'ended' || phase === 'running' || phase === 'moved') return 'none'
  const peer = legOf(call, 'taxpayer')
  const peerIsHere = peer?.state === 'connected'
  if (phase === 'recovering') return peerIsHere || call.state === 'running' ? 'ownLost' : 'peerLost'
  return phase === 'connecting' && !peerIsHere ? 'waitingPeer' : 'none'
}

export interface PeerWords {
  readonly muted: boolean
  readonly cameraOff: boolean
  readonly facing: 'peerFront' | 'peerBack' | null
  readonly level: 0 | 1 | 2 | 3
  readonly roundTripMs: number | null
}

/** What is told of the other side: nothing of its devices before it is there. */
export function peerWords(call: CallView | null): PeerWords {
  const peer: LegView | null = call === null ? null : legOf(call, 'taxpayer')
  if (peer === null || peer.state === 'absent' || peer.state === 'joining') {
    return { muted: false, cameraOff: false, facing: null, level: 0, roundTripMs: null }
  }
  const { microphone, camera, facing } = peer.devices
  return {
    muted: !microphone,
    cameraOff: !camera,
    facing: !camera || facing === 'unknown' ? null : facing === 'user' ? 'peerFront' : 'peerBack',
    level: levelOf(peer.quality.level),
    roundTripMs: peer.quality.round_trip_ms,
  }
}

function levelOf(level: number): 0 | 1 | 2 | 3 {
  return level === 1 || level === 2 || level === 3 ? level : 0
}

const END_REASONS = ['hung_up', 'peer_lost', 'never_connected', 'closed', 'shutdown'] as const

export function endWord(reason: string | null): (typeof END_REASONS)[number] | 'other' {
  return END_REASONS.find((known) => known === reason) ?? 'other'
}
