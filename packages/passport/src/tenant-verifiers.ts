import type { Verifier } from '@entraguard/core'

/** Of each kind no more than these are kept. */
const most = 100

/**
 * Keeps a verifier for each tenant that a route names. The tenant may come from a caller without a token. Tenants from
 * which nobody was admitted are therefore kept separately, so that a caller who names many tenants does not push out
 * those in use, with their keys.
 */
export class TenantVerifiers {
  readonly #make: (tenant: string) => Verifier
  readonly #named: Map<string, Verifier> = new Map()
  readonly #used: Map<string, Verifier> = new Map()

  constructor(make: (tenant: string) => Verifier) {
    this.#make = make
  }

  /** @throws {TypeError} if no verifier can be created for this tenant. */
  of(tenant: string): Verifier {
    const used = this.#used.get(tenant)
    if (used !== undefined) return used
    const verifier = this.#named.get(tenant) ?? this.#make(tenant)
    keep(this.#named, tenant, verifier)
    return verifier
  }

  /** Somebody from this tenant was admitted. */
  admitted(tenant: string): void {
    keep(this.#used, tenant, this.of(tenant))
    this.#named.delete(tenant)
  }
}

/** The latest last; the first goes where there are too many. */
function keep(verifiers: Map<string, Verifier>, tenant: string, verifier: Verifier): void {
  verifiers.delete(tenant)
  verifiers.set(tenant, verifier)
  const [oldest] = verifiers.keys()
  if (verifiers.size > most && oldest !== undefined) verifiers.delete(oldest)
}
