import { OFFICER_NAMESPACE, type OfficerCommands, type OfficerPushes } from '@/generated/events'
import { Connection } from '@/shared/socket'

/** The console's one socket; opened after logging in, closed when logging out. */
export const socket = new Connection<OfficerCommands, OfficerPushes>(OFFICER_NAMESPACE)
