/** Exact numbers of forms: pairs of whole numbers, rounded once, where they are kept. Pure. */

/** `bottom` is above 0 and has no divisor in common with `top`. */
export class Fraction {
  private constructor(
    readonly top: bigint,
    readonly bottom: bigint,
  ) {}

  static of(top: bigint, bottom = 1n): Fraction {
    const [signed, positive] = bottom < 0n ? [-top, -bottom] : [top, bottom]
    const divisor = commonDivisor(signed < 0n ? -signed : signed, positive)
    return new Fraction(signed / divisor, positive / divisor)
  }

  /** Of a number as forms write it, such as `-12.50`. */
  static read(written: string): Fraction {
    const [whole = '', places = ''] = written.replace('-', '').split('.')
    const found = Fraction.of(BigInt(whole + places), 10n ** BigInt(places.length))
    return written.startsWith('-') ? found.negated() : found
  }

  static whole(value: number): Fraction {
    return Fraction.of(BigInt(value))
  }

  plus(other: Fraction): Fraction {
    return Fraction.of(this.top * other.bottom + other.top * this.bottom, this.bottom * other.bottom)
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.negated())
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.top * other.top, this.bottom * other.bottom)
  }

  /** None by zero. */
  over(other: Fraction): Fraction | null {
    return other.top === 0n ? null : Fraction.of(this.top * other.bottom, this.bottom * other.top)
  }

  negated(): Fraction {
    return new Fraction(-this.top, this.bottom)
  }

  absolute(): Fraction {
    return this.top < 0n ? this.negated() : this
  }

  /** Below, at or above 0, as this is to the other. */
  compared(other: Fraction): number {
    const difference = this.top * other.bottom - other.top * this.bottom
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

  floor(): Fraction {
    const cut = this.top / this.bottom
    return Fraction.of(this.top < 0n && cut * this.bottom !== this.top ? cut - 1n : cut)
  }

  isWhole(): boolean {
    return this.bottom === 1n
  }
}

function commonDivisor(one: bigint, other: bigint): bigint {
  let [larger, smaller] = [one, other]
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}

export const ZERO = Fraction.of(0n)
