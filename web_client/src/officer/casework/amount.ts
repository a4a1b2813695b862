/** A sum of money as an officer types it: pure. */
const SUM = /^\d{1,11}(\.\d{1,2})?$/

/** In fen; none where it is no sum above 0. */
export function fenOfTyped(typed: string): number | null {
  const plain = typed.trim().replace(/[，,\s]/g, '').replace(/[。．]/g, '.').replace(/^[¥￥]/, '')
  if (!SUM.test(plain)) return null
  const [yuan = '0', cents = ''] = plain.split('.')
  const fen = Number(yuan) * 100 + Number(cents.padEnd(2, '0'))
  return fen > 0 ? fen : null
}
