import { describe, expect, it } from 'vitest'

import { codeFault, isFinal, numberFault, readSlip, tidied } from './slip'

const ORIGIN = 'https://tax.example'
const SLIP = { hallId: 'xiangzhou', number: 'E001', code: 'A2B3C4' }

describe('what is typed from a slip', () => {
  it('is taken in any case, with spaces and hyphens', () => {
    expect(tidied(' e-00 1 ')).toBe('E001')
    expect(numberFault('e 001')).toBeNull()
    expect(codeFault('a2b-3c4')).toBeNull()
  })

  it.each([
    ['', 'empty'],
    ['  ', 'empty'],
    ['001', 'shape'],
    ['E', 'shape'],
    ['E0O1', 'shape'],
  ])('as the number %j is %s', (typed, fault) => expect(numberFault(typed)).toBe(fault))

  it.each([
    ['', 'empty'],
    ['A2B', 'short'],
    ['A2B3C4D', 'long'],
    // A 0 on no slip: it is told at once, however much is still missing.
    ['A0', 'characters'],
    ['A2B3CL', 'characters'],
    ['绑定码', 'characters'],
  ])('as the code %j is %s', (typed, fault) => expect(codeFault(typed)).toBe(fault))

  it('is told while it is typed only where going on cannot mend it', () => {
    expect([codeFault('A2'), codeFault('A0'), codeFault('A2B3C4D')].map(isFinal)).toEqual([false, true, true])
    expect(isFinal(numberFault('E'))).toBe(false)
  })
})

describe('a QR code', () => {
  it.each(['/bind?hall=xiangzhou&number=E001&code=A2B3C4', 'https://other.example/bind?hall=xiangzhou&number=e001&code=a2b3c4'])(
    '%s is a slip',
    (words) => expect(readSlip(words, ORIGIN)).toEqual(SLIP),
  )

  it.each([
    'https://tax.example/other?hall=xiangzhou&number=E001&code=A2B3C4',
    '/bind?number=E001&code=A2B3C4',
    '/bind?hall=x%20y&number=E001&code=A2B3C4',
    `/bind?hall=xiangzhou&number=${'E'.repeat(17)}&code=A2B3C4`,
    'http://',
    'WIFI:S:office;;',
    '',
  ])('%j is something else', (words) => expect(readSlip(words, ORIGIN)).toBeNull())
})
