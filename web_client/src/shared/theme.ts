import { readonly, ref } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'
export type TextSize = 'normal' | 'big'

const THEME_KEY = 'shuitong.theme'
const TEXT_KEY = 'shuitong.text'

const themeChoice = ref<ThemeChoice>('system')
const textSize = ref<TextSize>('normal')
const systemDark = window.matchMedia('(prefers-color-scheme: dark)')

function show(): void {
  const dark = themeChoice.value === 'dark' || (themeChoice.value === 'system' && systemDark.matches)
  const page = document.documentElement
  page.dataset.theme = dark ? 'dark' : 'light'
  page.dataset.text = textSize.value
  // Element Plus reads its own class.
  page.classList.toggle('dark', dark)
}

/** Set the page's theme and text size from what was chosen on this device, and follow the system from now on. */
export function startTheme(): void {
  const theme = localStorage.getItem(THEME_KEY)
  themeChoice.value = theme === 'light' || theme === 'dark' ? theme : 'system'
  textSize.value = localStorage.getItem(TEXT_KEY) === 'big' ? 'big' : 'normal'
  systemDark.addEventListener('change', show)
  show()
}

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice
  localStorage.setItem(THEME_KEY, choice)
  show()
}

export function chooseTextSize(size: TextSize): void {
  textSize.value = size
  localStorage.setItem(TEXT_KEY, size)
  show()
}

export const theme = { choice: readonly(themeChoice), textSize: readonly(textSize) }
