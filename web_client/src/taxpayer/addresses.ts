/** Addresses that a taxpayer's browser itself goes to. */
export { addressOf } from '@/shared/addresses'

export const NOTICE_PAGE = '/api/v1/taxpayer/guidance/topics/{topic_id}/nodes/{node_id}/notice/page'
export const CALENDAR_FILE = '/api/v1/taxpayer/bookings/{booking_id}/calendar'
export const CASE_FILE = '/api/v1/taxpayer/cases/{case_id}/files/{file_id}'
export const CASE_THUMBNAIL = '/api/v1/taxpayer/cases/{case_id}/files/{file_id}/thumbnail'
