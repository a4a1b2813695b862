import { api, result } from '@/shared/api'
import { isRefusal } from '@/shared/problem'

import type { PickedRegion } from './stores/region'

/**
 * What was picked becomes a favourite by itself (S4, S5). Whether it did is no matter of the page that goes on: false
 * where it could not be kept.
 */
export async function keepFavourite(
  kind: 'topic' | 'notice',
  topicId: string,
  nodeId: string,
  region: PickedRegion | null,
): Promise<boolean> {
  if (region === null) return false
  const body = { favourite_kind: kind, topic_id: topicId, node_id: nodeId, region_code: region.code } as const
  try {
    await result(api.PUT('/api/v1/taxpayer/favourites', { body }))
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  }
}
