/** What the admin's pages ask of the server. Everything raises Problem and NetworkError. */
import type { components } from '@/generated/schema'
import { api, result } from '@/shared/api'

import type { HallPlace, HallSetup } from './hours'

type S = components['schemas']

export type Officer = S['OfficerAccount']
export type Display = S['DisplayView']
export type DisplayMade = S['DisplayMade']
export type Role = S['OfficerRole']

export async function halls(): Promise<HallPlace[]> {
  return (await result(api.GET('/api/v1/admin/halls'))).halls
}

export function hallSetup(hallId: string): Promise<HallSetup> {
  return result(api.GET('/api/v1/admin/halls/{hall_id}', { params: { path: { hall_id: hallId } } }))
}
