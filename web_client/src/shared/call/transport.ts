import type { OfficerCommands, TaxpayerCommands } from '@/generated/events'

import { Problem } from '../problem'
import type { Commander, Renewable } from '../socket'
import type { CallTransport } from './types'

type CallNames = 'call.join' | 'call.resume' | 'call.restart' | 'call.answer' | 'call.devices' | 'call.quality' | 'call.hang_up' | 'video.join'
type CallCommands = Pick<OfficerCommands, CallNames> & Pick<TaxpayerCommands, CallNames>

/** The calls' commands over a page's socket; taxpayers and officers have the same ones. */
export function socketTransport(socket: Commander<CallCommands> & Renewable): CallTransport {
  return {
    join: (ticketId, devices) => socket.command('call.join', { ticket_id: ticketId, devices }),
    joinCase: (caseId, devices) => socket.command('video.join', { case_id: caseId, devices }),
    resume: (callId, generation) => socket.command('call.resume', { call_id: callId, generation }),
    restart: (callId, generation, revision) =>
      socket.command('call.restart', { call_id: callId, generation, revision }),
    renew: () => socket.renew(),
    answer: (answer) => socket.command('call.answer', answer),
    setDevices: (callId, devices) => socket.command('call.devices', { call_id: callId, devices }),
    sendQuality: (callId, figures) => socket.command('call.quality', { call_id: callId, ...figures }),
    hangUp: (callId) => socket.command('call.hang_up', { call_id: callId }),
    // 5xx and 429 pass; everything else that the server said stays said.
    isRefusal: (error) => error instanceof Problem && error.status < 500 && error.status !== 429,
    isReplaced: (error) => error instanceof Problem && error.code === 'offer_stale',
  }
}
