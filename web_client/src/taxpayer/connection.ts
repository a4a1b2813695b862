import { reactive } from 'vue'

import type { ConnectionState } from '@/shared/socket'

/** How the page's connection is, for pages that stand before the code of the socket is there. */
export const connection = reactive<{ state: ConnectionState; attempt: number }>({ state: 'idle', attempt: 0 })
