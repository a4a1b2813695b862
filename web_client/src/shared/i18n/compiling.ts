import type { MessageContext, MessageFunction } from 'vue-i18n'

const PARTS = /\{(\w+)\}/g
const FORMS = /\s*\|\s*/

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : ''
}

function formOf(words: string): (context: MessageContext) => string {
  // Words and names in turn.
  const parts = words.split(PARTS)
  return (context) => parts.map((part, place) => (place % 2 === 0 ? part : wordOf(context.named(part)))).join('')
}

/**
 * What our messages are: words with `{name}` in them, in the forms for one and for more parted by ` | `. It is all that
 * we use of vue-i18n's syntax, whose own compiler is a tenth of the scripts of the first page.
 */
export function compile(message: unknown): MessageFunction {
  if (typeof message !== 'string') throw new TypeError('a message is a text')
  const forms = message.split(FORMS).map(formOf)
  return (context: MessageContext) => {
    const said = forms.map((form) => form(context))
    return said.length === 1 ? (said[0] ?? '') : context.plural(said)
  }
}
