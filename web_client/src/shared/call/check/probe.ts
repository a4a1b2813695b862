/** The way of this page's pictures and sound to the relay, tried with a connection that sends nothing. */
import type { components } from '@/generated/schema'
import type { OfficerCommands, TaxpayerCommands } from '@/generated/events'

import type { Commander } from '../../socket'
import { CallConnection } from '../connection'
import { isRelayed } from './way'

type S = components['schemas']
type ProbeNames = 'probe.open' | 'probe.answer' | 'probe.close'
type ProbeCommands = Pick<OfficerCommands, ProbeNames> & Pick<TaxpayerCommands, ProbeNames>

/** What the server does for a probe. */
export interface ProbeTransport {
  open(): Promise<S['ProbeOpened']>
  answer(answer: S['CallAnswer']): Promise<unknown>
  close(callId: string): Promise<unknown>
}

export function socketProbe(socket: Commander<ProbeCommands>): ProbeTransport {
  return {
    open: () => socket.command('probe.open', {}),
    answer: (answer) => socket.command('probe.answer', answer),
    close: (callId) => socket.command('probe.close', { call_id: callId }),
  }
}

/** `relayed`: connected, the way round by a TURN server; `blocked`: the server answers, and media do not get through. */
export type MediaWay = 'direct' | 'relayed' | 'blocked'

/** Raises what the transport raises. Afterwards nothing is left open. */
export async function tryMedia(probe: ProbeTransport): Promise<MediaWay> {
  const { offer, ice_servers } = await probe.open()
  const { call_id, generation, revision } = offer
  let tell: (connected: boolean) => void = () => undefined
  const connected = new Promise<boolean>((found) => (tell = found))
  const connection = new CallConnection(
    { onLink: (state) => tell(state === 'connected'), onRemote: () => undefined },
    ice_servers,
  )
  try {
    const sdp = await connection.apply(offer.sdp, new Map())
    await probe.answer({ call_id, generation, revision, sdp })
    if (!(await connected)) return 'blocked'
    return isRelayed(await connection.entries()) ? 'relayed' : 'direct'
  } finally {
    connection.close()
    await probe.close(call_id)
  }
}
