/** Addresses that an officer's browser itself goes to. */
export { addressOf } from '@/shared/addresses'

export const CASE_FILES = '/api/v1/officer/cases/{case_id}/files'
export const CASE_FILE = '/api/v1/officer/cases/{case_id}/files/{file_id}'
export const CASE_THUMBNAIL = '/api/v1/officer/cases/{case_id}/files/{file_id}/thumbnail'
