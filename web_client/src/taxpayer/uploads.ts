/** Files on their way to a taxpayer's case, as `@/shared/uploads`. */
import type { paths } from '@/generated/schema'

import { addressOf } from './addresses'

export { ACCEPTED, ACCEPTED_PICTURES, drawnSize, type FileView } from '@/shared/uploads'

type FilesPath = '/api/v1/taxpayer/cases/{case_id}/files'
export type UploadQuery = Omit<paths[FilesPath]['post']['parameters']['query'], 'name'>

const FILES: FilesPath = '/api/v1/taxpayer/cases/{case_id}/files'

export function filesOf(caseId: string): string {
  return addressOf(FILES, { case_id: caseId })
}
