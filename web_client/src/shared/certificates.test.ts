import { describe, expect, it } from 'vitest'

import vectors from '../../../tests/cases/certificates.json'

import {
  CERTIFICATE_TYPES,
  grouped,
  nameIsValid,
  normalised,
  normalisedName,
  numberFault,
  type CertificateType,
} from './certificates'

const TODAY = { year: 2026, month: 11, day: 23 }

describe('the shared vectors', () => {
  it('hold a right and a wrong number of every type', () => {
    for (const type of CERTIFICATE_TYPES) {
      const faults = vectors.filter((vector) => vector.type === type).map((vector) => vector.fault)
      expect(faults).toContain(null)
      expect(faults.some((fault) => fault !== null)).toBe(true)
    }
  })

  it.each(vectors)('$type $number: $fault', ({ type, number, fault }) => {
    expect(numberFault(type as CertificateType, number, TODAY)).toBe(fault)
  })
})

describe('a number', () => {
  it('may be typed with blanks, separators, full width and small letters', () => {
    expect(normalised(' 440402-1900·0101 001ｘ')).toBe('44040219000101001X')
  })

  it('may not be of somebody who is born tomorrow', () => {
    const number = '440402190001010013'
    expect(numberFault('id_cn', number, { year: 1900, month: 1, day: 1 })).toBeNull()
    expect(numberFault('id_cn', number, { year: 1899, month: 12, day: 31 })).toBe('certificate_birthday')
  })

  it('is read in groups', () => {
    expect(grouped('id_cn', '440402190001010013')).toBe('440402 19000101 0013')
    expect(grouped('id_cn', '4404021')).toBe('440402 1')
    expect(grouped('hkmo_pass', 'H12345678')).toBe('H12345678')
  })
})

describe('a name', () => {
  it.each([
    ['id_cn', '陈嘉敏', true],
    ['id_cn', '阿依古丽•买买提', true],
    ['id_cn', '陈', false],
    ['id_cn', '陈a敏', false],
    ['id_cn', 'ANNA MARIA', false],
    ['passport', 'Anna  Maria', true],
    ['fpr_new', "O'NEILL, JOHN", true],
    ['passport', '4NNA', false],
  ] as const)('%s %s: %s', (type, name, valid) => {
    expect(nameIsValid(type, normalisedName(name))).toBe(valid)
  })

  it('loses blanks between Chinese characters and keeps one between Latin words', () => {
    expect(normalisedName(' 陈 嘉敏 ')).toBe('陈嘉敏')
    expect(normalisedName(' anna   maria ')).toBe('ANNA MARIA')
  })
})
