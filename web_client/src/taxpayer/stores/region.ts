import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type { components } from '@/generated/schema'
import { inLanguage } from '@/shared/i18n/language'

type RegionView = components['schemas']['RegionView']
/** A region that was picked, with what it lies in below the province. */
export type PickedRegion = Pick<RegionView, 'code' | 'name'> & { readonly above: RegionView['name'] | null }

const KEY = 'shuitong.region'

function remembered(): PickedRegion | null {
  const kept = localStorage.getItem(KEY)
  if (kept === null) return null
  try {
    const read: unknown = JSON.parse(kept)
    return isRegion(read) ? read : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isRegion(value: unknown): value is PickedRegion {
  return typeof value === 'object' && value !== null && 'code' in value && 'name' in value && 'above' in value
}

/** Where the taxpayer's business is done (办理地区); kept on this device. */
export const useRegion = defineStore('region', () => {
  const picked = ref<PickedRegion | null>(remembered())
  const words = computed(() => {
    if (picked.value === null) return ''
    const { above, name } = picked.value
    return above === null ? inLanguage(name) : `${inLanguage(above)} ${inLanguage(name)}`
  })

  function pick(region: PickedRegion): void {
    picked.value = region
    localStorage.setItem(KEY, JSON.stringify(region))
  }

  return { picked, words, pick }
})
