/** What is printed on a ticket on paper, as it is typed or read from its QR code: pure (docs/RECEPTION.md). */

/** What names a slip: the server wants all three. */
export interface SlipWords {
  readonly hallId: string
  readonly number: string
  readonly code: string
}

/** The characters of a code: without what is easily taken for another one. */
const CODE = /^[2-9A-HJKMNP-Z]*$/
export const CODE_LENGTH = 6
const NUMBER = /^[A-Z]{1,4}\d{1,8}$/
/** As the server takes them (identifiers, and what is written). */
const HALL_ID = /^[\w-]{1,64}$/
const NUMBER_MOST = 16
const CODE_MOST = 32
/** The page of the client that a slip's QR code names. */
export const BINDING_PATH = '/bind'

export type NumberFault = 'empty' | 'shape'
export type CodeFault = 'empty' | 'short' | 'long' | 'characters'

/** In any case, with spaces or hyphens: as people type it. */
export function tidied(text: string): string {
  return text.replaceAll(/[\s-]/g, '').toUpperCase()
}

export function numberFault(typed: string): NumberFault | null {
  const number = tidied(typed)
  if (number === '') return 'empty'
  return NUMBER.test(number) ? null : 'shape'
}

/** What is wrong with a code; what no slip has is told before what is missing. */
export function codeFault(typed: string): CodeFault | null {
  const code = tidied(typed)
  if (code === '') return 'empty'
  if (!CODE.test(code)) return 'characters'
  if (code.length === CODE_LENGTH) return null
  return code.length < CODE_LENGTH ? 'short' : 'long'
}

/** Whether a fault may be told while somebody is still typing: it cannot become right by going on. */
export function isFinal(fault: NumberFault | CodeFault | null): boolean {
  return fault === 'characters' || fault === 'long'
}

function slipOf(query: URLSearchParams): SlipWords | null {
  const [hallId, number, code] = ['hall', 'number', 'code'].map((name) => query.get(name) ?? '') as [string, string, string]
  if (!HALL_ID.test(hallId) || number === '' || code === '') return null
  if (number.length > NUMBER_MOST || code.length > CODE_MOST) return null
  return { hallId, number: tidied(number), code: tidied(code) }
}

/** The slip that a QR code's words are of; none where they are something else. `origin`: of this page. */
export function readSlip(words: string, origin: string): SlipWords | null {
  try {
    const link = new URL(words, origin)
    return link.pathname === BINDING_PATH ? slipOf(link.searchParams) : null
  } catch (error) {
    // What is no address at all; older browsers cannot be asked without trying.
    if (error instanceof TypeError) return null
    throw error
  }
}
