import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { NetworkError } from '@/shared/problem'

import { later, nextTicket, type BoardView, type DeskAction, type DeskView } from '../board'
import { newRequestId } from '../request_id'
import { socket } from '../socket'
import { useCall } from './call'

const LINES_KEY = 'shuitong.officer.lines'

/** What is being asked of the server now; one thing at a time, so that no key takes a second press. */
export type Busy =
  'sign_on' | 'sign_off' | 'state' | 'call_next' | 'call_one' | 'recall' | 'abandon' | 'finish' | 'open_call'

/** The officer's desk and the board, as the server last told them. */
export const useDesk = defineStore('desk', () => {
  const call = useCall()
  const desk = shallowRef<DeskView | null>(null)
  const board = shallowRef<BoardView | null>(null)
  const busy = ref<Busy | null>(null)
  /** Kept while an answer is missing: pressing again then asks for the same ticket, not for one more. */
  let unanswered: string | null = null

  const held = computed(() => desk.value?.ticket ?? null)
  const next = computed(() => nextTicket(board.value, desk.value?.line_ids ?? []))

  function may(action: DeskAction): boolean {
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

  async function ask(what: Busy, command: () => Promise<DeskView>): Promise<void> {
    if (busy.value !== null) return
    busy.value = what
    try {
      takeDesk(await command())
    } finally {
      busy.value = null
    }
  }

  async function signOn(lineIds: string[]): Promise<void> {
    await ask('sign_on', () => socket.command('desk.sign_on', { line_ids: lineIds }))
    localStorage.setItem(LINES_KEY, JSON.stringify(lineIds))
    // The board shows the lines signed on to: it is another board now.
    takeBoard(await socket.command('board.watch', {}))
  }

  async function callWith(
    what: 'call_next' | 'call_one',
    command: (requestId: string) => Promise<DeskView>,
  ): Promise<void> {
    if (busy.value !== null) return
    const requestId = (what === 'call_next' ? unanswered : null) ?? newRequestId()
    unanswered = null
    try {
      await ask(what, () => command(requestId))
    } catch (error) {
      if (what === 'call_next' && error instanceof NetworkError) unanswered = requestId
      throw error
    }
  }

  function reset(): void {
    call.stop()
    desk.value = null
    board.value = null
    unanswered = null
  }

  function heldCall(): { ticket_id: string; call_number: number } {
    const ticket = held.value
    if (ticket === null) throw new Error('no ticket in hand')
    return { ticket_id: ticket.ticket_id, call_number: ticket.call_number }
  }

  return {
    desk,
    board,
    busy,
    held,
    next,
    may,
    watch,
    reset,
    signOn,
    signOff: () => ask('sign_off', () => socket.command('desk.sign_off', {})),
    choose: (state: 'ready' | 'break') => ask('state', () => socket.command('desk.state', { state })),
    callNext: () => callWith('call_next', (id) => socket.command('queue.call_next', { request_id: id })),
    callOne: (ticketId: string) =>
      callWith('call_one', (id) => socket.command('queue.call_one', { request_id: id, ticket_id: ticketId })),
    recall: () => ask('recall', () => socket.command('queue.recall', heldCall())),
    abandon: () => ask('abandon', () => socket.command('queue.abandon', heldCall())),
    finish: (outcome: 'completed' | 'unsuccessful', remark: string) =>
      ask('finish', () => socket.command('queue.finish', { ...heldCall(), outcome, remark })),
    openCall: () => ask('open_call', () => socket.command('call.open', { ticket_id: heldCall().ticket_id })),
  }
})

/** The lines chosen last time on this machine, as far as they still exist. */
export function rememberedLines(known: readonly string[]): string[] {
  const kept: unknown = JSON.parse(localStorage.getItem(LINES_KEY) ?? '[]')
  return Array.isArray(kept) ? known.filter((lineId) => kept.includes(lineId)) : []
}
