import { api, result } from '@/shared/api'

import { useCaseList, type ShownCases } from '../casework/useCaseList'

/** What there is to review, in the order in which it was handed in. */
export function useReviews(): ShownCases {
  return useCaseList((query) => result(api.GET('/api/v1/officer/reviews', { params: { query } })))
}
