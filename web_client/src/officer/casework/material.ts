/** What an officer is shown of a case beside talking about it. */
import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import type { FormDefinition, Words } from '@/shared/forms/definition'
import { inLanguage } from '@/shared/i18n'
import type { FileView } from '@/shared/uploads'

import { sectionsOf, type FieldSection } from '../review/fields'

type S = components['schemas']
export type Timeline = S['Timeline']

export interface ShownForm {
  readonly formId: string
  readonly name: Words
  readonly sections: readonly FieldSection[]
  readonly definition: FormDefinition
}

export interface Material {
  readonly timeline: Timeline
  /** The forms that were handed in. */
  readonly forms: readonly ShownForm[]
  /** The attachments, the oldest first. */
  readonly attachments: readonly FileView[]
}

const WORDS = { yes: { zh: '是', en: 'Yes' }, no: { zh: '否', en: 'No' }, yuan: { zh: '元', en: 'yuan' } }
const MOST_FILES = 50

/** One form with what is in it. Raises Problem and NetworkError. */
export async function seeForm(caseId: string, summary: S['FormSummary']): Promise<ShownForm> {
  const path = { case_id: caseId, form_id: summary.form_id }
  const [view, shown] = await Promise.all([
    result(api.GET('/api/v1/officer/cases/{case_id}/forms/{form_id}', { params: { path } })),
    result(api.GET('/api/v1/officer/forms/{form_id}', { params: { path: { form_id: summary.form_id } } })),
  ])
  // The document says of a definition that it is an object; docs/FORMS.md says the rest.
  const definition = shown.definition as unknown as FormDefinition
  return { formId: summary.form_id, name: summary.name, sections: sectionsOf(definition, view.values, WORDS), definition }
}

/** The case with its submitted forms and its attachments. Raises Problem and NetworkError. */
export async function seeMaterial(caseId: string): Promise<Material> {
  const params = { path: { case_id: caseId } }
  const query = { purpose: 'attachment', limit: MOST_FILES } as const
  const [timeline, attached] = await Promise.all([
    result(api.GET('/api/v1/officer/cases/{case_id}', { params })),
    result(api.GET('/api/v1/officer/cases/{case_id}/files', { params: { ...params, query } })),
  ])
  const submitted = timeline.forms.filter((form) => form.submitted_at_ms !== null)
  const forms = await Promise.all(submitted.map((form) => seeForm(caseId, form)))
  return { timeline, forms, attachments: [...attached.files].reverse() }
}

/** What the form says that an attachment is; else what its file is called. */
export function nameOfFile(file: FileView, forms: readonly ShownForm[]): string {
  const attachments = forms.find((form) => form.formId === file.form_id)?.definition.attachments
  const said = attachments?.find((one) => one.kind === file.attachment_kind)
  return said === undefined ? file.file.name : inLanguage(said.name)
}
