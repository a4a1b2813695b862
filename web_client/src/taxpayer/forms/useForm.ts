import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'
import { clock } from '@/shared/clock'
import { check, type Checked } from '@/shared/forms/checking'
import type { FormDefinition } from '@/shared/forms/definition'
import { isObject, tidied, type Values } from '@/shared/forms/tidying'

import { dayAt } from '../hallZone'
import { socket } from '../socket'
import { useLoaded, type Loaded } from '../useLoaded'
import type { FileView } from '../uploads'
import { factsOf, type FormFacts } from './facts'
import { Saving, type Newest } from './saving'
import { shelfOf } from '@/shared/shelf'

type FormView = components['schemas']['FormView']

export interface OpenForm {
  readonly view: FormView
  readonly definition: FormDefinition
}

async function seeForm(caseId: string, formId: string): Promise<FormView> {
  const params = { path: { case_id: caseId, form_id: formId } }
  return result(api.GET('/api/v1/taxpayer/business/{case_id}/forms/{form_id}', { params }))
}

async function attachmentsOf(caseId: string, formId: string): Promise<FileView[]> {
  const query = { purpose: 'attachment', form_id: formId, limit: 50 } as const
  const page = await result(api.GET('/api/v1/taxpayer/cases/{case_id}/files', { params: { path: { case_id: caseId }, query } }))
  return page.files
}

/** One form of a case while it is filled in: its values, what is wrong with them, its files, and their saving. */
export function useForm(
  caseId: string,
  formId: string,
): {
  opened: Loaded<OpenForm>
  values: ShallowRef<Values>
  checked: ComputedRef<Checked | null>
  facts: ComputedRef<FormFacts | null>
  files: Ref<FileView[]>
  saving: Saving<Values>
  put: (field: string, value: unknown) => void
  replace: (values: Values) => void
  leave: (path: string) => void
  tellAll: () => void
} {
  const values = shallowRef<Values>({})
  const files = ref<FileView[]>([])
  const left = ref(new Set<string>())
  const tellsAll = ref(false)
  let known: FormDefinition | null = null

  /** What the server has, without what it computed: so that it can be compared with what was sent. */
  function kept(view: FormView): Newest<Values> {
    return { version: view.summary.version, content: known === null ? view.values : tidied(known, view.values) }
  }

  const saving = new Saving<Values>({
    send: async (content, version) => {
      const params = { path: { case_id: caseId, form_id: formId } }
      const body = { version, values: content as Record<string, never> }
      return (await result(api.PUT('/api/v1/taxpayer/business/{case_id}/forms/{form_id}', { params, body }))).version
    },
    newest: async () => kept(await seeForm(caseId, formId)),
    shelf: shelfOf(`${caseId}.${formId}`, isObject),
    nowMs: () => clock.nowMs(),
  })

  const opened = useLoaded(async () => {
    const [view, shown, attached] = await Promise.all([
      seeForm(caseId, formId),
      result(api.GET('/api/v1/taxpayer/guidance/forms/{form_id}', { params: { path: { form_id: formId }, query: {} } })),
      attachmentsOf(caseId, formId),
    ])
    files.value = attached
    // The document says of a definition that it is an object; docs/FORMS.md says the rest.
    const definition = shown.definition as unknown as FormDefinition
    known = definition
    values.value = view.editable ? saving.begin(kept(view)) : view.values
    return { view, definition }
  })

  const checked = computed(() => {
    if (opened.value.value === null) return null
    const kinds = files.value.map((file) => file.attachment_kind ?? '')
    return check(opened.value.value.definition, values.value, kinds, dayAt(clock.nowMs()))
  })
  const facts = computed(() => {
    if (opened.value.value === null || checked.value === null) return null
    return factsOf(opened.value.value.definition, checked.value, (path) => tellsAll.value || left.value.has(path))
  })

  function replace(next: Values): void {
    values.value = next
    if (opened.value.value !== null) saving.change(tidied(opened.value.value.definition, next))
  }

  onScopeDispose(socket.onConnected(() => void saving.again()))
  onScopeDispose(() => void saving.flush())
  return {
    opened,
    values,
    checked,
    facts,
    files,
    saving,
    put: (field, value) => replace({ ...values.value, [field]: value }),
    replace,
    leave: (path) => {
      left.value = new Set([...left.value, path])
    },
    tellAll: () => {
      tellsAll.value = true
    },
  }
}
