import { describe, expect, it } from 'vitest'

import { faultOf, useLoginForm } from './loginForm'

const DAY = { year: 2026, month: 11, day: 23 }

describe('the log-in form', () => {
  it.each([
    ['name', '', 'name_empty'],
    ['name', '陈', 'name_invalid'],
    ['name', ' 陈 嘉敏 ', null],
    ['number', ' ', 'number_empty'],
    ['number', '440402 19040229 0028', null],
    ['number', '440402 19040229 0029', 'certificate_checksum'],
    ['number', '440402 1904', 'certificate_length'],
  ] as const)('%s "%s": %s', (field, value, fault) => {
    const form = { type: 'id_cn' as const, name: '', number: '', [field]: value }
    expect(faultOf(form, field, DAY)).toBe(fault)
  })

  it("forgets the server's word about a field when that field changes, and no other", () => {
    const { form, change } = useLoginForm()
    form.refused = { name: 'not this name', number: 'not this number' }
    change('number', '1')
    expect(form.refused).toEqual({ name: 'not this name', number: '' })
  })

  it('checks the number anew for another type', () => {
    const { form, change, faults } = useLoginForm()
    change('number', 'H12345678')
    expect(faults.value.number).toBe('certificate_length')
    form.type = 'hkmo_pass'
    expect(faults.value.number).toBeNull()
  })
})
