/** Charts are drawn in the page's colours, in the light and in the dark. */
const NAMES = ['brand', 'mark', 'info', 'amber', 'danger', 'ink', 'ink2', 'ink3', 'line', 'surface', 'border'] as const

export type Colours = Readonly<Record<(typeof NAMES)[number] | 'family', string>>

/** As the page has them now. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element)
  const found = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--c-${name}`).trim()]))
  return { ...found, family: style.getPropertyValue('--family').trim() } as Colours
}
