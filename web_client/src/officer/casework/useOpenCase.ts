import { computed, useTemplateRef, type ComputedRef } from 'vue'
import { useRouter } from 'vue-router'

import { useKeys } from '../keys'
import { useRows } from '../rows'
import { useSession } from '../stores/session'

export interface OpenCase {
  readonly openId: ComputedRef<string | null>
  readonly timeZone: ComputedRef<string>
  readonly staffNumber: ComputedRef<string>
  readonly open: (caseId: string) => Promise<void>
  /** Leave it; the list stays. */
  readonly close: () => Promise<void>
  readonly focusOpen: () => void
}

/**
 * A page of a list and what is open of it, which its address says (`name`, with `caseId`). J and K go through the
 * rows (`rows`, of the element with the template ref `page`); `keys`: what else its keyboard does.
 */
export function useOpenCase(
  name: 'review' | 'work' | 'conversations',
  caseId: () => string | undefined,
  rows: string,
  keys: Parameters<typeof useKeys>[0] = {},
): OpenCase {
  const router = useRouter()
  const session = useSession()
  const { step, focusOpen } = useRows(useTemplateRef<HTMLElement>('page'), rows)
  useKeys({ j: () => step(1), k: () => step(-1), ...keys })

  async function show(shown: string): Promise<void> {
    await router.push({ name, params: { caseId: shown } })
  }

  return {
    openId: computed(() => {
      const shown = caseId()
      return shown === undefined || shown === '' ? null : shown
    }),
    timeZone: computed(() => session.officer?.hall.time_zone ?? 'Asia/Shanghai'),
    staffNumber: computed(() => session.officer?.staff_number ?? ''),
    open: show,
    close: () => show(''),
    focusOpen,
  }
}
