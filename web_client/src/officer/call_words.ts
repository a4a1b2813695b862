/** Which sentence stands over the picture. Pure. */
import { callLengthMs, legOf } from '@/shared/call/decisions'
import type { CallPhase, CallView, LegView } from '@/shared/call/types'
import { callLength } from '@/shared/format'

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
  /** Their picture is that of their screen. */
  readonly screen: boolean
}

/** What is told of the other side: nothing of its devices before it is there. */
export function peerWords(call: CallView | null): PeerWords {
  const peer: LegView | null = call === null ? null : legOf(call, 'taxpayer')
  if (peer === null || peer.state === 'absent' || peer.state === 'joining') {
    return { muted: false, cameraOff: false, facing: null, screen: false }
  }
  const { microphone, camera, facing, screen } = peer.devices
  return {
    muted: !microphone,
    cameraOff: !camera && !screen,
    screen,
    facing: !camera || screen || facing === 'unknown' ? null : facing === 'user' ? 'peerFront' : 'peerBack',
  }
}

const END_REASONS = ['hung_up', 'peer_lost', 'never_connected', 'closed', 'shutdown'] as const

export function endWord(reason: string | null): (typeof END_REASONS)[number] | 'other' {
  return END_REASONS.find((known) => known === reason) ?? 'other'
}

type Translate = (key: string, named: Record<string, unknown>) => string

/** How a call ended, with its length where it had one. */
export function endSaid(call: CallView | null, t: Translate): string {
  if (call === null || call.ended_at_ms === null) return t('call.ended.other', {})
  const lengthMs = callLengthMs(call, call.ended_at_ms)
  const word = endWord(call.end_reason)
  if (word === 'hung_up' && lengthMs === null) return t('call.ended.other', {})
  return t(`call.ended.${word}`, { time: callLength(lengthMs ?? 0) })
}
