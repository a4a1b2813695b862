/** The log-in form's checks while it is filled in. No requests in here. */
import { computed, reactive, type ComputedRef } from 'vue'

import {
  nameIsValid,
  normalised,
  normalisedName,
  numberFault,
  type CertificateType,
  type Day,
  type NumberFault,
} from '@/shared/certificates'

export type Field = 'name' | 'number'
export type NameFault = 'name_empty' | 'name_invalid'
export type FieldFault = NumberFault | NameFault | 'number_empty'

export interface LoginForm {
  type: CertificateType
  name: string
  number: string
  consent: boolean
  /** What the server said about a field; gone as soon as that field is changed. */
  refused: Record<Field, string>
  /** Fields that were left once, or sent: from then on they are checked while typing. */
  visited: Record<Field, boolean>
}

export function today(): Day {
  const now = new Date()
  return { year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() }
}

export function faultOf(form: Pick<LoginForm, 'type' | 'name' | 'number'>, field: Field, day: Day): FieldFault | null {
  if (field === 'name') {
    if (form.name.trim() === '') return 'name_empty'
    return nameIsValid(form.type, normalisedName(form.name)) ? null : 'name_invalid'
  }
  const number = normalised(form.number)
  return number === '' ? 'number_empty' : numberFault(form.type, number, day)
}

export function useLoginForm(): {
  form: LoginForm
  faults: ComputedRef<Record<Field, FieldFault | null>>
  change: (field: Field, value: string) => void
} {
  const form = reactive<LoginForm>({
    type: 'id_cn',
    name: '',
    number: '',
    consent: false,
    refused: { name: '', number: '' },
    visited: { name: false, number: false },
  })
  const day = today()
  const faults = computed(() => ({ name: faultOf(form, 'name', day), number: faultOf(form, 'number', day) }))
  function change(field: Field, value: string): void {
    form[field] = value
    form.refused[field] = ''
  }
  return { form, faults, change }
}
