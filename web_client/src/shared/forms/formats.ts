/** Numbers and codes that are written in forms, and their check digits: the twin of formats.py. Pure. */
import { CERTIFICATE_TYPES, numberFault, type CertificateType, type Day } from '../certificates'

const CREDIT_LETTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const CREDIT_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const

interface Format {
  /** The fault of what does not match its pattern, which is in the schema. */
  readonly code: string
  readonly more?: (value: string, today: Day) => string | null
}

function creditFault(code: string): string | null {
  const total = CREDIT_WEIGHTS.reduce((sum, weight, index) => sum + CREDIT_LETTERS.indexOf(code.charAt(index)) * weight, 0)
  return CREDIT_LETTERS.charAt((31 - (total % 31)) % 31) === code.charAt(17) ? null : 'credit_code_checksum'
}

/** Numbers of 18 digits say by their beginning what they are. */
function idFault(number: string, today: Day): string | null {
  const kinds: Readonly<Record<string, CertificateType>> = { '81': 'prc_hkmo', '82': 'prc_hkmo', '83': 'prc_tw' }
  return numberFault(number.startsWith('9') ? 'fpr_new' : (kinds[number.slice(0, 2)] ?? 'id_cn'), number, today)
}

function taxpayerFault(number: string, today: Day): string | null {
  const isId = /^\d{17}/.test(number) && !number.startsWith('9')
  const isCredit = Array.from(number).every((one) => CREDIT_LETTERS.includes(one))
  const ofId = isId ? idFault(number, today) : 'no_id'
  const ofCredit = isCredit ? creditFault(number) : 'no_credit_code'
  if (ofId === null || ofCredit === null) return null
  return isId ? ofId : ofCredit
}

/** What is wrong with a number of a certificate of that type; none for a type without a rule. */
export function certificateFault(kind: string, number: string, today: Day): string | null {
  const known = CERTIFICATE_TYPES.find((one) => one === kind)
  return known === undefined ? null : numberFault(known, number, today)
}

export const FORMATS: Readonly<Record<string, Format>> = {
  phone: { code: 'phone_invalid' },
  mobile: { code: 'mobile_invalid' },
  id_number: { code: 'certificate_format', more: idFault },
  certificate: { code: 'certificate_format' },
  credit_code: { code: 'credit_code_invalid', more: creditFault },
  taxpayer_number: { code: 'taxpayer_number_invalid', more: taxpayerFault },
  bank_account: { code: 'bank_account_invalid' },
  vin: { code: 'vin_invalid' },
  plate: { code: 'plate_invalid' },
  email: { code: 'email_invalid' },
  postcode: { code: 'postcode_invalid' },
  invoice_code: { code: 'invoice_code_invalid' },
  invoice_number: { code: 'invoice_number_invalid' },
  estate_unit: { code: 'estate_unit_invalid' },
  region: { code: 'region_invalid' },
}
