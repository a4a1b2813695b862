"""What a person without a pointer misses on a page: controls that Tab does not reach or does not show."""

from typing import Final, cast

from playwright.async_api import Page

MARK: Final = "data-reached"
# Of a group of radio buttons, Tab reaches one; arrows do the rest.
CONTROLS: Final = """() => {
  const asked = {opacityProperty: true, visibilityProperty: true}
  const shown = (e) => e.checkVisibility(asked) && !e.closest('[inert]')
  const named = new Set()
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')
  return [...all].filter((e) => {
    if (e.disabled || e.tabIndex < 0 || !shown(e) || e.type === 'hidden') return false
    if (e.type !== 'radio') return true
    if (named.has(e.name)) return false
    named.add(e.name)
    return true
  })
}"""
MARK_FOCUS: Final = f"""() => {{
  const e = document.activeElement
  if (!e || e === document.body) return 'nothing'
  if (e.type === 'radio') document.querySelectorAll(`input[name="${{e.name}}"]`)
    .forEach((other) => other !== e && other.setAttribute('{MARK}', 'group'))
  // A date has several stops of its own, and shows the first one.
  const first = document.querySelector('[{MARK}-first]')
  if (first === e && window.movedOn) return 'again'
  if (first === null) e.setAttribute('{MARK}-first', '')
  window.movedOn = first !== null && first !== e
  if (e.getAttribute('{MARK}')) return 'reached'
  e.setAttribute('{MARK}', 'yes')
  const around = [e, ...e.children, ...(e.labels ?? []), e.parentElement, e.parentElement.parentElement]
  const style = (one) => getComputedStyle(one)
  const isSeen = around.some((one) => style(one).outlineStyle !== 'none' && style(one).outlineWidth !== '0px')
    || [e, e.parentElement].some((one) => style(one).boxShadow !== 'none')
  if (!e.matches(':focus-visible') || !isSeen) e.setAttribute('{MARK}', 'dim')
  return 'reached'
}}"""
SAID: Final = "(e.dataset.testid ?? e.id ?? '') + ' ' + e.outerHTML.slice(0, 120)"
MISSED: Final = f"""() => {{
  const reached = (e) => e.hasAttribute('{MARK}')
  const missed = ({CONTROLS})().filter((e) => !reached(e)).map((e) => 'not reached: ' + {SAID})
  const dim = [...document.querySelectorAll('[{MARK}=dim]')].map((e) => 'focus not seen: ' + {SAID})
  const pointed = [...document.querySelectorAll('main *, nav *, header *')].filter((e) =>
    getComputedStyle(e).cursor === 'pointer' && e.checkVisibility() &&
    getComputedStyle(e.parentElement).cursor !== 'pointer' &&
    !e.closest('a[href], button, label, summary, input, select, [tabindex]'))
    .map((e) => 'by pointer alone: ' + {SAID})
  for (const mark of ['{MARK}', '{MARK}-first'])
    document.querySelectorAll(`[${{mark}}]`).forEach((e) => e.removeAttribute(mark))
  return [...missed, ...dim, ...pointed]
}}"""
STOPS: Final = 5
"""At most so many of a control: those of a date's parts; and the browser's own around the page."""


async def missed_by_keyboard(page: Page) -> list[str]:
    """Controls that Tab does not reach from the top of the page on, that show no focus, or that only a
    pointer can press; each with its beginning.
    """
    await page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0) }")
    count: int = await page.evaluate(f"() => ({CONTROLS})().length")
    for _ in range((count + 1) * STOPS):
        await page.keyboard.press("Tab")
        if await page.evaluate(MARK_FOCUS) == "again":
            break
    return cast("list[str]", await page.evaluate(MISSED))
