// Made from signaling/events.py by `shuitong generate-types`. Do not edit.
import type { components } from './schema'

type S = components['schemas']

export type Ack<R> = { ok: true; at_ms: number; result: R } | { ok: false; at_ms: number; problem:
S['Problem'] }

export const TAXPAYER_NAMESPACE = '/taxpayer'

export interface TaxpayerCommands {
  'ticket.watch': (payload: S['TicketNamed'], ack: (answer: Ack<S['TicketView']>) => void) => void
  'ticket.confirm': (payload: S['TicketCallNamed'], ack: (answer: Ack<S['TicketView']>) => void) => void
  'ticket.reactivate': (payload: S['TicketNamed'], ack: (answer: Ack<S['TicketView']>) => void) => void
  'ticket.cancel': (payload: S['TicketNamed'], ack: (answer: Ack<S['TicketView']>) => void) => void
  'call.join': (payload: S['CallJoin'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'call.resume': (payload: S['CallResume'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'call.restart': (payload: S['CallRestart'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'call.answer': (payload: S['CallAnswer'], ack: (answer: Ack<S['Done']>) => void) => void
  'call.devices': (payload: S['CallDevices'], ack: (answer: Ack<S['CallView']>) => void) => void
  'call.quality': (payload: S['CallQuality'], ack: (answer: Ack<S['Done']>) => void) => void
  'call.hang_up': (payload: S['CallNamed'], ack: (answer: Ack<S['CallView']>) => void) => void
  'probe.open': (payload: S['Nothing'], ack: (answer: Ack<S['ProbeOpened']>) => void) => void
  'probe.answer': (payload: S['CallAnswer'], ack: (answer: Ack<S['Done']>) => void) => void
  'probe.close': (payload: S['CallNamed'], ack: (answer: Ack<S['Done']>) => void) => void
  'video.ask': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.accept': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.refuse': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.withdraw': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.join': (payload: S['VideoJoin'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'still.consent': (payload: S['StillNamed'], ack: (answer: Ack<S['StillView']>) => void) => void
  'still.refuse': (payload: S['StillNamed'], ack: (answer: Ack<S['StillView']>) => void) => void
}

export interface TaxpayerPushes {
  'ticket.changed': (payload: S['TicketView']) => void
  'line.changed': (payload: S['LineChanged']) => void
  'hall.changed': (payload: S['HallChanged']) => void
  'call.changed': (payload: S['CallView']) => void
  'call.offer': (payload: S['CallOffer']) => void
  'call.moved': (payload: S['CallMoved']) => void
  'video.asked': (payload: S['VideoView']) => void
  'video.changed': (payload: S['VideoView']) => void
  'still.changed': (payload: S['StillView']) => void
  'conversation.message': (payload: S['ConversationMessage']) => void
  'conversation.read': (payload: S['ConversationRead']) => void
  'inbox.changed': (payload: S['InboxChanged']) => void
  'session.ended': (payload: S['SessionEnded']) => void
}

export const OFFICER_NAMESPACE = '/officer'

export interface OfficerCommands {
  'desk.watch': (payload: S['Nothing'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'board.watch': (payload: S['Nothing'], ack: (answer: Ack<S['BoardView']>) => void) => void
  'desk.sign_on': (payload: S['SignOn'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'desk.sign_off': (payload: S['Nothing'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'desk.state': (payload: S['DeskStateChosen'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.call_next': (payload: S['CallNext'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.call_one': (payload: S['CallOne'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.recall': (payload: S['TicketCallNamed'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.arrived': (payload: S['TicketCallNamed'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.abandon': (payload: S['TicketCallNamed'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.finish': (payload: S['FinishTicket'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.requeue': (payload: S['TicketCallNamed'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.transfer': (payload: S['TransferTicket'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.hold': (payload: S['PutAside'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'queue.resume': (payload: S['PutAside'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'call.open': (payload: S['TicketNamed'], ack: (answer: Ack<S['DeskView']>) => void) => void
  'hall.close': (payload: S['Nothing'], ack: (answer: Ack<S['Done']>) => void) => void
  'hall.open': (payload: S['Nothing'], ack: (answer: Ack<S['Done']>) => void) => void
  'call.join': (payload: S['CallJoin'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'call.resume': (payload: S['CallResume'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'call.restart': (payload: S['CallRestart'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'call.answer': (payload: S['CallAnswer'], ack: (answer: Ack<S['Done']>) => void) => void
  'call.devices': (payload: S['CallDevices'], ack: (answer: Ack<S['CallView']>) => void) => void
  'call.quality': (payload: S['CallQuality'], ack: (answer: Ack<S['Done']>) => void) => void
  'call.hang_up': (payload: S['CallNamed'], ack: (answer: Ack<S['CallView']>) => void) => void
  'probe.open': (payload: S['Nothing'], ack: (answer: Ack<S['ProbeOpened']>) => void) => void
  'probe.answer': (payload: S['CallAnswer'], ack: (answer: Ack<S['Done']>) => void) => void
  'probe.close': (payload: S['CallNamed'], ack: (answer: Ack<S['Done']>) => void) => void
  'video.ask': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.accept': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.refuse': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.withdraw': (payload: S['VideoNamed'], ack: (answer: Ack<S['VideoView']>) => void) => void
  'video.join': (payload: S['VideoJoin'], ack: (answer: Ack<S['CallJoined']>) => void) => void
  'still.ask': (payload: S['StillAsked'], ack: (answer: Ack<S['StillView']>) => void) => void
  'still.withdraw': (payload: S['StillNamed'], ack: (answer: Ack<S['StillView']>) => void) => void
}

export interface OfficerPushes {
  'desk.changed': (payload: S['DeskView']) => void
  'board.changed': (payload: S['BoardView']) => void
  'hall.changed': (payload: S['HallChanged']) => void
  'call.changed': (payload: S['CallView']) => void
  'call.offer': (payload: S['CallOffer']) => void
  'call.moved': (payload: S['CallMoved']) => void
  'video.asked': (payload: S['VideoView']) => void
  'video.changed': (payload: S['VideoView']) => void
  'still.changed': (payload: S['StillView']) => void
  'conversation.message': (payload: S['ConversationMessage']) => void
  'conversation.read': (payload: S['ConversationRead']) => void
  'session.ended': (payload: S['SessionEnded']) => void
}
