"""What a person without a pointer misses on a page: controls that Tab does not reach or does not show."""

from typing import Final, cast

from playwright.async_api import Page

MARK: Final = "data-reached"
# Of a group of radio buttons, Tab reaches one; arrows do the rest. Behind a dialog there is nothing to reach.
CONTROLS: Final = """() => {
  const asked = {opacityProperty: true, visibilityProperty: true}
  const shown = (e) => e.checkVisibility(asked) && !e.closest('[inert]')
  const named = new Set()
  const dialogs = [...document.querySelectorAll('[aria-modal=true]')].filter(shown)
  const all = (dialogs.at(-1) ?? document)
    .querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')
  return [...all].filter((e) => {
    if (e.disabled || e.tabIndex < 0 || !shown(e) || e.type === 'hidden') return false
    if (e.type !== 'radio') return true
    if (named.has(e.name)) return false
    named.add(e.name)
    return true
  })
}"""
# Looked at with each press instead, the presses took as long again.
FOLLOW_FOCUS: Final = f"""() => {{
  const style = (one) => getComputedStyle(one)
  const isSeen = (e) => {{
    const around = [e, ...e.children, ...(e.labels ?? []), e.parentElement, e.parentElement.parentElement]
    return around.some((one) => style(one).outlineStyle !== 'none' && style(one).outlineWidth !== '0px')
      || [e, e.parentElement].some((one) => style(one).boxShadow !== 'none')
  }}
  let first = null
  window.tabbed = {{isAround: false, stop: () => removeEventListener('focusin', follow)}}
  const follow = () => {{
    const e = document.activeElement
    if (!e || e === document.body || tabbed.isAround) return
    if (e.type === 'radio') document.querySelectorAll(`input[name="${{e.name}}"]`)
      .forEach((other) => other !== e && other.setAttribute('{MARK}', 'group'))
    if (e === first) tabbed.isAround = true
    first ??= e
    const mark = e.matches(':focus-visible') && isSeen(e) ? 'yes' : 'dim'
    if (!e.hasAttribute('{MARK}')) e.setAttribute('{MARK}', mark)
  }}
  addEventListener('focusin', follow)
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
  tabbed.stop()
  document.querySelectorAll('[{MARK}]').forEach((e) => e.removeAttribute('{MARK}'))
  return [...missed, ...dim, ...pointed]
}}"""
STOPS: Final = 5
"""At most so many of a control: those of a date's parts; and the browser's own around the page."""
PRESSES: Final = 8
"""Before it is looked whether all were reached."""


async def missed_by_keyboard(page: Page) -> list[str]:
    """Controls that Tab does not reach from the top of the page on, that show no focus, or that only a
    pointer can press; each with its beginning.
    """
    await page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0) }")
    await page.evaluate(FOLLOW_FOCUS)
    count: int = await page.evaluate(f"() => ({CONTROLS})().length")
    for pressed in range(1, (count + 1) * STOPS):
        await page.keyboard.press("Tab")
        if pressed % PRESSES == 0 and await page.evaluate("() => tabbed.isAround"):
            break
    return cast("list[str]", await page.evaluate(MISSED))
