import { defineStore } from 'pinia'

import { api, result } from '@/shared/api'
import { talkBook } from '@/shared/chat/talk_book'

import { newRequestId } from '../request_id'
import { socket } from '../socket'

/** The conversations of the hall that were opened on this page, as `talkBook`. */
export const useTalks = defineStore('talks', () => {
  const book = talkBook(
    'officer',
    {
      page: (caseId, query) =>
        result(api.GET('/api/v1/officer/cases/{case_id}/messages', { params: { path: { case_id: caseId }, query } })),
      send: (caseId, body) =>
        result(api.POST('/api/v1/officer/cases/{case_id}/messages', { params: { path: { case_id: caseId } }, body })),
      read: (caseId, number) =>
        result(
          api.PUT('/api/v1/officer/cases/{case_id}/messages/read', {
            params: { path: { case_id: caseId } },
            body: { number },
          }),
        ),
    },
    newRequestId,
    () => undefined,
  )
  socket.on('conversation.message', book.take)
  socket.on('conversation.read', book.takeRead)
  return book
})
