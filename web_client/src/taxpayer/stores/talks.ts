import { defineStore } from 'pinia'
import { watch } from 'vue'

import { api, result } from '@/shared/api'
import { talkBook } from '@/shared/chat/talk_book'

import { newTicketId } from '../newTicketId'
import { socket } from '../socket'
import { useCases } from './cases'
import { useSession } from './session'

/** The conversations of the taxpayer's cases, as `talkBook`. */
export const useTalks = defineStore('talks', () => {
  const cases = useCases()
  const session = useSession()
  const book = talkBook(
    'taxpayer',
    {
      page: (caseId, query) =>
        result(api.GET('/api/v1/taxpayer/cases/{case_id}/messages', { params: { path: { case_id: caseId }, query } })),
      send: (caseId, body) =>
        result(api.POST('/api/v1/taxpayer/cases/{case_id}/messages', { params: { path: { case_id: caseId } }, body })),
      read: (caseId, number) =>
        result(
          api.PUT('/api/v1/taxpayer/cases/{case_id}/messages/read', {
            params: { path: { case_id: caseId } },
            body: { number },
          }),
        ),
    },
    newTicketId,
    (state) => cases.setUnread(state.case_id, state.taxpayer_unread),
  )

  // For as long as the page lives; it is made by the first conversation that is opened.
  socket.on('conversation.message', book.take)
  socket.on('conversation.read', book.takeRead)
  watch(
    () => session.taxpayer,
    (taxpayer) => {
      if (taxpayer === null) book.clear()
    },
  )

  return book
})
