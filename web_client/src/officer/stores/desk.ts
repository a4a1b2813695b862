import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { HALL_FROZEN } from '@/shared/hallMood'
import { NetworkError, Problem } from '@/shared/problem'

import { later, nextTicket, type BoardView, type BreakReason, type DeskAction, type DeskView, type TicketCall } from '../board'
import { newRequestId } from '../request_id'
import { socket } from '../socket'
import { useCall } from './call'
import { useHall } from './hall'

/** All other keys are steps of tickets, which a frozen hall refuses. */
const OF_THE_DESK: readonly DeskAction[] = ['ready', 'break', 'sign_off']
const LINES_KEY = 'shuitong.officer.lines'
const COUNTER_KEY = 'shuitong.officer.counter'

/** What is being asked of the server now: one thing at a time, and the same thing not twice. */
export type Busy =
  | 'sign_on'
  | 'sign_off'
  | 'state'
  | 'call_next'
  | 'call_one'
  | 'recall'
  | 'arrived'
  | 'abandon'
  | 'finish'
  | 'open_call'
  | 'hold'
  | 'resume'
  | 'requeue'
  | 'transfer'

/** The officer's desk and the board, as the server last told them. */
export const useDesk = defineStore('desk', () => {
  const call = useCall()
  const hall = useHall()
  const desk = shallowRef<DeskView | null>(null)
  const board = shallowRef<BoardView | null>(null)
  const busy = ref<Busy | null>(null)
  /** Kept while an answer is missing: pressing again then asks for the same ticket, not for one more. */
  let unanswered: string | null = null

  const held = computed(() => desk.value?.ticket ?? null)
  const next = computed(() => nextTicket(board.value, desk.value?.line_ids ?? []))

  const frozen = computed(() => hall.mood === 'frozen')
  /** Why the next one may not be called; none where it may. */
  const callRefused = computed(() => (frozen.value ? HALL_FROZEN : (desk.value?.call_next_refused ?? null)))

  function may(action: DeskAction): boolean {
    if (frozen.value && !OF_THE_DESK.includes(action)) return false
    return desk.value?.actions.includes(action) ?? false
  }

  function takeDesk(view: DeskView): void {
    desk.value = later(desk.value, view)
    if (desk.value.ticket !== null) unanswered = null
    void call.follow(desk.value.ticket)
  }

  function takeBoard(view: BoardView): void {
    board.value = later(board.value, view)
  }

  socket.on('desk.changed', takeDesk)
  socket.on('board.changed', takeBoard)

  /** Ask for everything anew; at every connect, so nothing that was missed stays missing. */
  async function watch(): Promise<void> {
    const [deskView, boardView] = await Promise.all([
      socket.command('desk.watch', {}),
      socket.command('board.watch', {}),
    ])
    takeDesk(deskView)
    takeBoard(boardView)
  }

  /** The command on its way, which the next one waits for. */
  let underWay: Promise<DeskView> | null = null

  /**
   * Whether `what` may be asked for now; false when it is asked for already. A push can show its outcome, and so the
   * next key, before the command itself is answered: a press of that key counts.
   */
  async function myTurn(what: Busy): Promise<boolean> {
    if (busy.value === what) return false
    // How that ends is for whoever asked for it.
    await underWay?.then(nothing, nothing)
    return busy.value === null
  }

  async function ask(what: Busy, command: () => Promise<DeskView>): Promise<void> {
    if (!(await myTurn(what))) return
    busy.value = what
    try {
      underWay = command()
      takeDesk(await underWay)
    } finally {
      busy.value = null
      underWay = null
    }
  }

  /** `counter`: where people of on-site lines are called to; empty without such a line. */
  async function signOn(lineIds: string[], counter: string): Promise<void> {
    await ask('sign_on', () => socket.command('desk.sign_on', { line_ids: lineIds, counter }))
    localStorage.setItem(LINES_KEY, JSON.stringify(lineIds))
    if (counter !== '') localStorage.setItem(COUNTER_KEY, counter)
    // The board shows the lines signed on to: it is another board now.
    takeBoard(await socket.command('board.watch', {}))
  }

  async function callWith(
    what: 'call_next' | 'call_one',
    command: (requestId: string) => Promise<DeskView>,
  ): Promise<void> {
    if (!(await myTurn(what))) return
    const requestId = (what === 'call_next' ? unanswered : null) ?? newRequestId()
    unanswered = null
    try {
      await ask(what, () => command(requestId))
    } catch (error) {
      if (what === 'call_next' && error instanceof NetworkError) unanswered = requestId
      if (!(error instanceof Problem) || error.code !== 'officer_busy') throw error
      // Called already: from another page, or before the hall was built anew, which forgets requests.
      await watch()
    }
  }

  function reset(): void {
    call.stop()
    desk.value = null
    board.value = null
    unanswered = null
    asides.clear()
  }

  function heldCall(): TicketCall {
    const ticket = held.value
    if (ticket === null) throw new Error('no ticket in hand')
    return callOf(ticket)
  }

  /** Of a command that must not happen twice: the id is kept while its answer is missing, as for the next ticket. */
  const asides = new Map<string, string>()

  async function aside(what: Busy, name: string, command: (requestId: string) => Promise<DeskView>): Promise<void> {
    if (!(await myTurn(what))) return
    const requestId = asides.get(name) ?? newRequestId()
    asides.delete(name)
    try {
      await ask(what, () => command(requestId))
    } catch (error) {
      if (error instanceof NetworkError) asides.set(name, requestId)
      throw error
    }
  }

  function hold(): Promise<void> {
    const ticket = heldCall()
    return aside('hold', `hold ${nameOf(ticket)}`, (id) => socket.command('queue.hold', { ...ticket, request_id: id }))
  }

  function resume(ticket: TicketCall): Promise<void> {
    const call = callOf(ticket)
    return aside('resume', `resume ${nameOf(call)}`, (id) => socket.command('queue.resume', { ...call, request_id: id }))
  }

  function transfer(ticket: TicketCall, lineId: string, note: string): Promise<void> {
    const call = callOf(ticket)
    return aside('transfer', `transfer ${nameOf(call)} ${lineId}`, (id) =>
      socket.command('queue.transfer', { ...call, request_id: id, line_id: lineId, note }),
    )
  }

  return {
    desk,
    board,
    busy,
    held,
    next,
    callRefused,
    may,
    watch,
    reset,
    signOn,
    signOff: () => ask('sign_off', () => socket.command('desk.sign_off', {})),
    becomeReady: () => ask('state', () => socket.command('desk.state', { state: 'ready', reason: null, reason_text: '' })),
    takeBreak: (reason: BreakReason, text: string) =>
      ask('state', () => socket.command('desk.state', { state: 'break', reason, reason_text: text })),
    callNext: () => callWith('call_next', (id) => socket.command('queue.call_next', { request_id: id })),
    callOne: (ticketId: string) =>
      callWith('call_one', (id) => socket.command('queue.call_one', { request_id: id, ticket_id: ticketId })),
    recall: () => ask('recall', () => socket.command('queue.recall', heldCall())),
    arrived: () => ask('arrived', () => socket.command('queue.arrived', heldCall())),
    hold,
    resume,
    transfer,
    requeue: (ticket: TicketCall) => ask('requeue', () => socket.command('queue.requeue', callOf(ticket))),
    abandon: () => ask('abandon', () => socket.command('queue.abandon', heldCall())),
    finish: (outcome: 'completed' | 'unsuccessful', remark: string) =>
      ask('finish', () => socket.command('queue.finish', { ...heldCall(), outcome, remark })),
    openCall: () => ask('open_call', () => socket.command('call.open', { ticket_id: heldCall().ticket_id })),
  }
})

function callOf({ ticket_id, call_number }: TicketCall): TicketCall {
  return { ticket_id, call_number }
}

function nameOf({ ticket_id, call_number }: TicketCall): string {
  return `${ticket_id} ${call_number}`
}

function nothing(): void {
  // Nothing to do.
}

/** The counter of the last time on this machine, empty at first. */
export function rememberedCounter(): string {
  return localStorage.getItem(COUNTER_KEY) ?? ''
}

/** The lines chosen last time on this machine, as far as they still exist. */
export function rememberedLines(known: readonly string[]): string[] {
  const kept: unknown = JSON.parse(localStorage.getItem(LINES_KEY) ?? '[]')
  return Array.isArray(kept) ? known.filter((lineId) => kept.includes(lineId)) : []
}
