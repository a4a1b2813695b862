import { watchEffect } from 'vue'

import { TAXPAYER_NAMESPACE, type TaxpayerCommands, type TaxpayerPushes } from '@/generated/events'
import { Connection } from '@/shared/socket'

import { connection } from './connection'

/** The page's one socket; opened after signing in, closed when signing out. */
export const socket = new Connection<TaxpayerCommands, TaxpayerPushes>(TAXPAYER_NAMESPACE)

watchEffect(
  () => {
    connection.state = socket.state.value
    connection.attempt = socket.attempt.value
  },
  { flush: 'sync' },
)
