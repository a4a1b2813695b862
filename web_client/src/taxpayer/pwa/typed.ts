/** Whether somebody is writing something on a page that it would not find again: pure but for the page's fields. */

/** Fields whose words are kept on this device, or that are found again, say so by `data-kept`. */
const WRITTEN = 'textarea, input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=password]'

export function hasUnkeptText(page: ParentNode): boolean {
  return [...page.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(WRITTEN)].some(
    (field) => field.value !== '' && !field.readOnly && !field.disabled && field.closest('[data-kept]') === null,
  )
}
