import { watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { tell } from './notices'
import { useDesk } from './stores/desk'

/** Says what happened to the ticket in hand without the officer: confirmed, or given up by its deadline. */
export function useDeskNotices(): void {
  const { t } = useI18n()
  const desk = useDesk()
  watch(
    () => desk.held,
    (held, before) => {
      if (before?.state !== 'called') return
      if (held === null && desk.busy !== 'abandon') tell(t('notice.missed', { number: before.number }), 'warning')
      else if (held?.ticket_id === before.ticket_id && held.state === 'serving') {
        // On site the officer said so themselves.
        if (held.line.kind !== 'onsite') tell(t('notice.confirmed', { name: held.taxpayer_name }))
      }
    },
  )
}
