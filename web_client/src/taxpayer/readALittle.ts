import { whenIdle } from '@/shared/pageCode'
import { pause } from '@/shared/pause'

import { router } from './router'

const READ_MS = 2_500

/** Until somebody has had the first page for a moment: what they do not see yet must not keep them waiting. */
export async function readALittle(): Promise<void> {
  await router.isReady()
  await pause(READ_MS)
  await whenIdle()
}
