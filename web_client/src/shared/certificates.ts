/**
 * Certificates of taxpayers and the checks of their numbers, while they are typed. Pure.
 *
 * The twin of cases/certificates.py; both are held to tests/cases/certificates.json. Source: GB 11643-1999 and
 * the formats printed on the other certificates.
 */
import type { components } from '@/generated/schema'

export type CertificateType = components['schemas']['CertificateType']
export type NumberFault = 'certificate_format' | 'certificate_length' | 'certificate_birthday' | 'certificate_checksum'

/** A day of the calendar: `month` and `day` count from 1. */
export interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

interface Rule {
  readonly pattern: RegExp
  readonly length: number | null
  readonly more: (number: string, today: Day) => NumberFault | null
}

const MOD_11_2_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const MOD_11_2_DIGITS = '10X98765432'
const ICAO_WEIGHTS = [7, 3, 1] as const

/** The check digit of GB 11643 for the first 17 digits. */
export function mod112(first17: string): string {
  const total = MOD_11_2_WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(first17[index]), 0)
  return MOD_11_2_DIGITS.charAt(total % 11)
}

/** The check digit of ICAO 9303 (letters count from A = 10). */
export function icao731(text: string): string {
  const total = Array.from(text).reduce((sum, char, index) => sum + parseInt(char, 36) * (ICAO_WEIGHTS[index % 3] ?? 0), 0)
  return String(total % 10)
}

function daysOf(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

/** The birthday in an 18-digit number, none where no such day exists. */
export function birthdayOf(number: string): Day | null {
  const year = Number(number.slice(6, 10))
  const month = Number(number.slice(10, 12))
  const day = Number(number.slice(12, 14))
  return year >= 1 && day >= 1 && day <= daysOf(year, month) ? { year, month, day } : null
}

function isAfter(one: Day, other: Day): boolean {
  const order = (day: Day): number => (day.year * 100 + day.month) * 100 + day.day
  return order(one) > order(other)
}

function checkDigit(number: string): NumberFault | null {
  return mod112(number.slice(0, 17)) === number[17] ? null : 'certificate_checksum'
}

function birthdayAndCheckDigit(number: string, today: Day): NumberFault | null {
  const birthday = birthdayOf(number)
  return birthday === null || isAfter(birthday, today) ? 'certificate_birthday' : checkDigit(number)
}

function icaoCheckDigit(number: string): NumberFault | null {
  return icao731(number.slice(0, 14)) === number[14] ? null : 'certificate_checksum'
}

function nothingMore(): null {
  return null
}

const RULES: Readonly<Record<CertificateType, Rule>> = {
  id_cn: { pattern: /^[1-8]\d{16}[0-9X]$/, length: 18, more: birthdayAndCheckDigit },
  prc_hkmo: { pattern: /^8[12]0000\d{11}[0-9X]$/, length: 18, more: birthdayAndCheckDigit },
  prc_tw: { pattern: /^830000\d{11}[0-9X]$/, length: 18, more: birthdayAndCheckDigit },
  hkmo_pass: { pattern: /^[HM]\d{8}(\d{2})?$/, length: null, more: nothingMore },
  tw_pass: { pattern: /^(\d{8}|\d{10}[A-Z]?)$/, length: null, more: nothingMore },
  passport: { pattern: /^[A-Z0-9]{5,20}$/, length: null, more: nothingMore },
  fpr_new: { pattern: /^9\d{16}[0-9X]$/, length: 18, more: checkDigit },
  fpr_old: { pattern: /^[A-Z]{3}\d{12}$/, length: 15, more: icaoCheckDigit },
}

export const CERTIFICATE_TYPES: readonly CertificateType[] = Object.keys(RULES) as CertificateType[]

/** How many characters a type's number has, none where that differs. */
export function lengthOf(type: CertificateType): number | null {
  return RULES[type].length
}

/** The number as it is compared and kept: half-width, upper case, without blanks and separators. */
export function normalised(number: string): string {
  return number
    .replace(/[\uFF01-\uFF5E]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/[\s\-·.]/g, '')
    .toUpperCase()
}

/** What is wrong with a normalised number, none where it is right. */
export function numberFault(type: CertificateType, number: string, today: Day): NumberFault | null {
  const rule = RULES[type]
  if (!/^[\u0000-\u007F]*$/.test(number)) return 'certificate_format' // eslint-disable-line no-control-regex
  if (rule.length !== null && number.length !== rule.length) return 'certificate_length'
  if (!rule.pattern.test(number)) return 'certificate_format'
  return rule.more(number, today)
}

const CHINESE_NAME = /^[㐀-鿿\u{20000}-\u{3134F}·]{2,30}$/u
const LATIN_NAME = /^[A-Z][A-Z ,.'-]{1,60}$/
const LATIN_NAME_TYPES: ReadonlySet<CertificateType> = new Set<CertificateType>(['passport', 'fpr_new', 'fpr_old'])

/** A name as it is compared: single blanks between Latin words, none in Chinese ones, upper case. */
export function normalisedName(name: string): string {
  const words = name.replace(/[•・]/g, '·').toUpperCase().split(/\s+/).filter(Boolean)
  // eslint-disable-next-line no-control-regex
  return words.join(/^[\u0000-\u007F]*$/.test(name) ? ' ' : '')
}

/** Whether a normalised name can stand on such a certificate. */
export function nameIsValid(type: CertificateType, name: string): boolean {
  return CHINESE_NAME.test(name) || (LATIN_NAME_TYPES.has(type) && LATIN_NAME.test(name))
}

/** An identity number in the groups that people read it in; other numbers as they are. */
export function grouped(type: CertificateType, number: string): string {
  if (lengthOf(type) !== 18) return number
  return [number.slice(0, 6), number.slice(6, 14), number.slice(14)].filter(Boolean).join(' ')
}
