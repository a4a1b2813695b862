import { computed, ref, shallowRef, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { isRefusal, Problem } from '@/shared/problem'

import { sentenceOf, tell } from '../notices'
import type { Draft } from './unsaved'

const CONFLICTS = ['rules_changed', 'officer_changed']

export interface Saving {
  readonly busy: Readonly<Ref<boolean>>
  /** The sentence for what was refused, empty while nothing was. */
  readonly failure: Ref<string>
  /** Somebody else was faster: what they wrote has to be looked at first. */
  readonly conflict: ComputedRef<boolean>
  /** The server's sentence for a field of the input, by its path; for a path within it too. */
  readonly forField: (path: string) => string
  /** Saves, and says that it did; answers whether it was done. */
  readonly save: (send: () => Promise<void>, done?: string) => Promise<boolean>
  readonly clear: () => void
}

/** One form's way to the server: one at a time, and what is refused is said where it belongs. */
export function useSaving(): Saving {
  const { t } = useI18n()
  const busy = ref(false)
  const failure = ref('')
  const problem = shallowRef<Problem | null>(null)

  function clear(): void {
    failure.value = ''
    problem.value = null
  }

  async function save(send: () => Promise<void>, done = t('admin.saved')): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    clear()
    try {
      await send()
    } catch (error) {
      if (!isRefusal(error)) throw error
      failure.value = sentenceOf(error, t)
      problem.value = error instanceof Problem ? error : null
      return false
    } finally {
      busy.value = false
    }
    tell(done)
    return true
  }

  return {
    busy,
    failure,
    conflict: computed(() => problem.value !== null && CONFLICTS.includes(problem.value.code)),
    forField: (path) =>
      problem.value?.fields.find((field) => field.field === path || field.field.startsWith(`${path}.`))?.detail ?? '',
    save,
    clear,
  }
}

/** The keys below a form: begin again from what the server has, or give up what is written for what is newest there. */
export function formKeys(
  saving: Saving,
  draft: Pick<Draft<unknown>, 'reset' | 'accept'>,
  newest: () => void,
): { forget: () => void; renew: () => void } {
  return {
    forget: () => {
      saving.clear()
      draft.reset()
    },
    renew: () => {
      saving.clear()
      draft.accept()
      newest()
    },
  }
}
