import { TAXPAYER_NAMESPACE, type TaxpayerCommands, type TaxpayerPushes } from '@/generated/events'
import { Connection } from '@/shared/socket'

/** The page's one socket; opened after signing in, closed when signing out. */
export const socket = new Connection<TaxpayerCommands, TaxpayerPushes>(TAXPAYER_NAMESPACE)
