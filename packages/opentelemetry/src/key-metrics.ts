import type { Verifier } from '@entraguard/core'
import type { Meter } from '@opentelemetry/api'

import { attributes } from './metrics.ts'

const statuses = ['ok', 'stale', 'unavailable'] as const

/** Reports `health()` of each authority at each collection. It makes no request. */
export function observeHealth(meter: Meter, verifier: Verifier): void {
  const age = meter.createObservableGauge('entraguard.key.age', {
    unit: 's',
    description: 'Time since the keys of an authority were read.',
  })
  const usableFor = meter.createObservableGauge('entraguard.key.usable_for', {
    unit: 's',
    description: 'How long the keys of an authority stay usable without a refresh.',
  })
  const count = meter.createObservableGauge('entraguard.key.count', {
    unit: '{key}',
    description: 'Usable keys of an authority.',
  })
  const status = meter.createObservableGauge('entraguard.health', {
    description: '1 for the current status of an authority, 0 for the others.',
  })
  meter.addBatchObservableCallback(
    (result) => {
      for (const authority of verifier.health().authorities) {
        const facts = { [attributes.authority]: authority.document }
        if (authority.age !== undefined) result.observe(age, authority.age, facts)
        result.observe(usableFor, authority.usableFor, facts)
        result.observe(count, authority.keys, facts)
        for (const each of statuses)
          result.observe(status, Number(each === authority.status), { ...facts, [attributes.status]: each })
      }
    },
    [age, usableFor, count, status],
  )
}
