import type { UserIdentity } from '@entraguard/core'
import { assertionFromFile, onBehalfOf, type Downstream, type TokenCredential } from '@entraguard/downstream'

import { expectType } from './expect-type.js'

export async function call(user: UserIdentity, header: string): Promise<void> {
  const downstream = onBehalfOf({
    clientId: '22222222-2222-4222-8222-222222222222',
    credential: { secret: 'a secret' },
    apis: { invoices: { scopes: ['api://invoices/.default'], origins: ['https://invoices.contoso.com'] } },
  })
  expectType<Downstream<'invoices'>>()(downstream)
  expectType<string>()(await downstream.tokenFor(user, header, ['User.Read']))
  expectType<typeof fetch>()(downstream.fetchFor(user, header, 'invoices'))
  expectType<TokenCredential>()(downstream.credentialFor(user, header))
  // @ts-expect-error no such api was configured
  downstream.fetchFor(user, header, 'orders')
  // @ts-expect-error one credential, of one kind
  onBehalfOf({ clientId: '', credential: { password: assertionFromFile() } })
}
