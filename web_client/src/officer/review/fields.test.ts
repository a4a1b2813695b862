import { describe, expect, it } from 'vitest'

import type { FieldDefinition, FormDefinition } from '@/shared/forms/definition'

import { sectionsOf } from './fields'

const said = (zh: string): { zh: string; en: string } => ({ zh, en: zh })
const WORDS = { yes: { zh: '是', en: 'Yes' }, no: { zh: '否', en: 'No' }, yuan: { zh: '元', en: 'yuan' } }

function field(id: string, type: FieldDefinition['type'], more: Partial<FieldDefinition> = {}): FieldDefinition {
  const none = { hint: null, unit: null, required: false, shown: null, computed: null, prefill: null }
  return { id, type, label: said(id), ...none, ...more }
}

function form(...fields: FieldDefinition[]): FormDefinition {
  return { sections: [{ id: 's', title: said('一'), note: null, shown: null, fields }] } as unknown as FormDefinition
}

describe('sectionsOf', () => {
  it('says values as people read them, and leaves out what is empty', () => {
    const option = { value: 'lost', label: { zh: '丢失', en: 'Lost' } }
    const definition = form(
      field('sum', 'money'),
      field('why', 'choice', { options: [option] }),
      field('all', 'choices', { options: [option, { value: 'b', label: said('乙') }] }),
      field('agreed', 'yes_no'),
      field('empty', 'text'),
    )
    const [section] = sectionsOf(definition, { sum: 24000, why: 'lost', all: ['lost', 'b'], agreed: false, empty: '' }, WORDS)
    expect(section?.lines.map((line) => [line.path, line.shown.zh, line.shown.en])).toEqual([
      ['sum', '240.00 元', '240.00 yuan'],
      ['why', '丢失', 'Lost'],
      ['all', '丢失、乙', 'Lost, 乙'],
      ['agreed', '否', 'No'],
    ])
  })

  it('names the cells of a table as faults do', () => {
    const definition = form(field('paid', 'table', { columns: [field('ticket', 'text'), field('tax', 'text')] }))
    const [section] = sectionsOf(definition, { paid: [{ ticket: 'P1' }, { ticket: 'P2', tax: '车船税' }] }, WORDS)
    expect(section?.lines.map((line) => [line.path, line.row])).toEqual([
      ['paid.0.ticket', 1],
      ['paid.1.ticket', 2],
      ['paid.1.tax', 2],
    ])
  })

  it('leaves out sections without values', () => {
    expect(sectionsOf(form(field('sum', 'money')), {}, WORDS)).toEqual([])
  })
})
