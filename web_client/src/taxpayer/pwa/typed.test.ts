// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'

import { hasUnkeptText } from './typed'

function page(html: string): HTMLElement {
  const element = document.createElement('div')
  element.innerHTML = html
  return element
}

describe('a page that is to be loaded anew', () => {
  it.each([
    ['<textarea>你好</textarea>', true],
    ['<input value="E001">', true],
    ['<input type="text" value="x">', true],
    ['<input type="radio" value="x" checked>', false],
    ['<textarea></textarea><input>', false],
    ['<input value="x" readonly><input value="x" disabled>', false],
    ['<form data-kept><textarea>你好</textarea></form>', false],
  ])('%s: something would be lost: %s', (html, isLost) => expect(hasUnkeptText(page(html))).toBe(isLost))
})
