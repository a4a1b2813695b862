import { defineStore } from 'pinia'
import { ref } from 'vue'

import { shelfOf } from '@/shared/shelf'

/** What is said with the forms of a case when they are handed in. */
export interface Said {
  readonly description: string
  readonly agentName: string
  readonly agentPhone: string
  /** Who finishes it, and of the back office: the text that was agreed to, and by when; none while nothing was chosen. */
  readonly mode?: 'backoffice' | 'assist'
  readonly agreedTo?: string | null
  readonly usualTime?: boolean
  readonly day?: string
  readonly time?: string
}

const NOTHING: Said = { description: '', agentName: '', agentPhone: '' }

function isSaid(value: unknown): value is Said {
  return typeof value === 'object' && value !== null && 'description' in value && 'agentName' in value && 'agentPhone' in value
}

/** Kept on this device from the page where it is written to the one where it is handed in. */
export const useSubmission = defineStore('submission', () => {
  const said = ref<Said>(NOTHING)
  let shelf = shelfOf('', isSaid)

  function open(caseId: string): void {
    shelf = shelfOf(`${caseId}.submission`, isSaid)
    said.value = shelf.find()?.content ?? NOTHING
  }

  function say(part: Partial<Said>): void {
    said.value = { ...said.value, ...part }
    shelf.keep({ version: 0, content: said.value })
  }

  /** As it is sent: no agent where none was named. */
  function body(): { description: string; agent: { name: string; phone: string } | null } {
    const { description, agentName, agentPhone } = said.value
    const agent = { name: agentName.trim(), phone: agentPhone.trim() }
    return { description: description.trim(), agent: agent.name === '' && agent.phone === '' ? null : agent }
  }

  return { said, open, say, body, handedIn: () => shelf.forget() }
})
