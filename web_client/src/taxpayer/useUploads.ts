import { useUploadsOver, type Uploads } from '@/shared/useUploads'

import { newTicketId } from './newTicketId'
import { socket } from './socket'
import { filesOf, type FileView, type UploadQuery } from './uploads'

export type { Upload } from '@/shared/useUploads'

/** Sends files of a taxpayer's case for one part of it, as `useUploadsOver`, kept on the device until they arrived. */
export function useUploads(
  caseId: () => string,
  part: string,
  arrived: (file: FileView, key: string) => void,
): Uploads<UploadQuery> {
  return useUploadsOver<UploadQuery>(socket, newTicketId, () => filesOf(caseId()), arrived, `${caseId()}.${part}`)
}
