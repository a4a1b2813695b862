import { describe, expect, it } from 'vitest'

// The forms as the server shows them are generated with the types.
import forms from '@/generated/forms.json'

import file from '../../../../cases/forms/vectors.json'

import { check } from './checking'
import type { FormDefinition } from './definition'

interface Case {
  name: string
  patch: unknown
  faults: [string, string][]
  computed?: Record<string, unknown>
  attachments?: string[]
  today?: string
}

interface Vector {
  form: string
  name: string
  today: string
  values: Record<string, unknown>
  attachments: string[]
  computed: Record<string, unknown>
  cases: Case[]
}

const definitions = forms as unknown as Record<string, FormDefinition>
const { vectors } = file as unknown as { vectors: Vector[] }

/** RFC 7386. */
function patched(values: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const isObject = typeof values === 'object' && values !== null && !Array.isArray(values)
  const found = new Map<string, unknown>(isObject ? Object.entries(values) : [])
  for (const [key, value] of Object.entries(patch as Record<string, unknown>)) {
    if (value === null) found.delete(key)
    else found.set(key, patched(found.get(key), value))
  }
  return Object.fromEntries(found)
}

function at(values: unknown, path: string): unknown {
  return path.split('.').reduce((part, step) => (part as Record<string, unknown>)[step], values)
}

const fillings = vectors.flatMap((vector) => [
  { ...vector, faults: [] as [string, string][] },
  ...vector.cases.map((one) => ({ ...vector, ...one, values: patched(vector.values, one.patch), computed: one.computed ?? {} })),
])

describe('the check of forms', () => {
  it.each(fillings)('finds in $form, $name, what the server finds', (filling) => {
    const definition = definitions[filling.form] as FormDefinition
    const found = check(definition, filling.values, filling.attachments, filling.today)
    const faults = found.faults.map(({ field, code }) => [field, code])
    expect(faults.sort()).toEqual([...filling.faults].sort())
    const computed = Object.keys(filling.computed).map((path) => [path, at(found.values, path)])
    expect(Object.fromEntries(computed)).toEqual(filling.computed)
    const again = check(definition, found.values, filling.attachments, filling.today)
    expect([again.values, again.faults]).toEqual([found.values, found.faults])
  })
})
