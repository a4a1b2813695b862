/** How numbers of forms are rounded half up, written, and spelt in Chinese capitals: the twin of amounts.py. Pure. */
import { Fraction } from './fraction'

export const FEN_MAX = 99_999_999_999_999n
export const INTEGER_MAX = 999_999_999_999n

const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const UNITS = ['', '拾', '佰', '仟'] as const
const GROUPS = ['', '万', '亿'] as const

function roundedTop(value: Fraction, scale: bigint): bigint {
  const whole = (value.absolute().top * scale * 2n + value.bottom) / (value.bottom * 2n)
  return value.top < 0n ? -whole : whole
}

/** Half up, away from zero: 0.005 is 0.01 and -0.005 is -0.01. */
export function rounded(value: Fraction, places: number): Fraction {
  const scale = 10n ** BigInt(places)
  return Fraction.of(roundedTop(value, scale), scale)
}

/** An amount as it is kept. */
export function fenOf(yuan: Fraction): bigint {
  return roundedTop(yuan, 100n)
}

/** A number as it is kept: all its places, such as `12.50`. */
export function written(value: Fraction, places: number): string {
  const whole = roundedTop(value, 10n ** BigInt(places))
  const digits = (whole < 0n ? -whole : whole).toString().padStart(places + 1, '0')
  const sign = whole < 0n ? '-' : ''
  return sign + (places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`)
}

/** An amount as it is spelt on receipts (大写), such as 壹佰零叁元整. */
export function capitals(yuan: Fraction): string {
  const fen = fenOf(yuan)
  if (fen === 0n) return '零元整'
  const amount = fen < 0n ? -fen : fen
  const [whole, jiao, rest] = [amount / 100n, Number((amount / 10n) % 10n), Number(amount % 10n)]
  let text = whole > 0n ? `${spelt(whole)}元` : ''
  if (jiao > 0) text += `${DIGITS.charAt(jiao)}角`
  else if (rest > 0 && whole > 0n) text += '零'
  text += rest > 0 ? `${DIGITS.charAt(rest)}分` : '整'
  return (fen < 0n ? '负' : '') + text
}

function spelt(number: bigint): string {
  const groups: number[] = []
  for (let left = number; left > 0n; left /= 10_000n) groups.push(Number(left % 10_000n))
  let [text, skipped] = ['', false]
  for (let place = groups.length - 1; place >= 0; place -= 1) {
    const group = groups[place] ?? 0
    if (group === 0) {
      skipped = text !== ''
      continue
    }
    if (text !== '' && (skipped || group < 1_000)) text += '零'
    text += four(group) + (GROUPS[place] ?? '')
    skipped = false
  }
  return text
}

function four(group: number): string {
  let [text, skipped] = ['', false]
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(group / 10 ** place) % 10
    if (digit === 0) {
      skipped = text !== ''
      continue
    }
    text += (skipped ? '零' : '') + DIGITS.charAt(digit) + (UNITS[place] ?? '')
    skipped = false
  }
  return text
}
