import { useUploadsOver, type Uploads } from '@/shared/useUploads'
import type { FileView } from '@/shared/uploads'

import { addressOf, CASE_FILES } from './addresses'
import { newRequestId } from './request_id'
import { socket } from './socket'

type Nothing = Readonly<Record<string, never>>

/** Sends pictures of an officer to a conversation, as `useUploadsOver`. */
export function useUploads(caseId: () => string, arrived: (file: FileView) => void): Uploads<Nothing> {
  return useUploadsOver<Nothing>(socket, newRequestId, () => addressOf(CASE_FILES, { case_id: caseId() }), arrived)
}
