import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'

import { api, result } from '@/shared/api'
import type { StillSubject } from '@/shared/call/still'
import { useStillOf } from '@/shared/call/vue/useStillOf'

import { newRequestId } from '../request_id'
import { socket } from '../socket'
import { useCall } from './call'

/** The still picture that is asked for in the call of this page (S35). Commands raise Problem and NetworkError. */
export const useStills = defineStore('stills', () => {
  const call = useCall()
  const caseId = computed(() => call.snapshot.call?.case_id ?? null)
  const { latest, take } = useStillOf(
    socket,
    () => caseId.value,
    (id) => result(api.GET('/api/v1/officer/cases/{case_id}/still', { params: { path: { case_id: id } } })),
  )
  /** Requests whose picture came into the conversation. */
  const arrived = shallowReactive(new Set<string>())
  const mayAsk = computed(() => latest.value?.actions.includes('ask') === true)
  const mayWithdraw = computed(() => latest.value?.actions.includes('withdraw') === true)

  /** `requestId`: the same one again asks for the same. */
  async function ask(subject: StillSubject, requestId: string): Promise<void> {
    if (caseId.value === null) return
    take(await socket.command('still.ask', { case_id: caseId.value, request_id: requestId, subject }))
  }

  async function withdraw(): Promise<void> {
    const view = latest.value
    if (view?.request == null) return
    take(await socket.command('still.withdraw', { case_id: view.case_id, request_id: view.request.request_id }))
  }

  socket.on('still.changed', take)
  socket.on('conversation.message', ({ message }) => {
    if (message.kind === 'picture' && message.message_id === latest.value?.request?.request_id) arrived.add(message.message_id)
  })

  return { latest, arrived, mayAsk, mayWithdraw, ask, withdraw, newRequest: newRequestId }
})
