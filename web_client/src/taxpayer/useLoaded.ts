import { useLoadedOver, type Loaded } from '@/shared/useLoaded'

import { socket } from './socket'

export type { Loaded }

/** What a taxpayer's page shows of the server, as `useLoadedOver`. */
export function useLoaded<T>(load: () => Promise<T>, key: () => unknown = () => ''): Loaded<T> {
  return useLoadedOver(socket, load, key)
}
