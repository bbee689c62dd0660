import { EntraGuardError, writeRefusal, type NodeResponse, type UserIdentity } from '@entraguard/core'
import { onBehalfOf, type Downstream } from '@entraguard/downstream'
import { Access, CurrentUser } from '@entraguard/nestjs'
import {
  Catch,
  Controller,
  Get,
  Headers,
  Inject,
  Module,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type FactoryProvider,
} from '@nestjs/common'

// #region nest
export const DOWNSTREAM = Symbol('downstream')

export const downstreamProvider: FactoryProvider<Downstream<'invoices'>> = {
  provide: DOWNSTREAM,
  useFactory: () =>
    onBehalfOf({
      clientId: '22222222-2222-4222-8222-222222222222',
      credential: { secret: () => process.env['ENTRA_CLIENT_SECRET'] ?? '' },
      apis: {
        invoices: { scopes: ['api://invoices/Invoices.Read'], origins: ['https://invoices.contoso.com'] },
      },
    }),
}

/** What needs the user goes to the client as a challenge. (On Fastify the response is `getResponse().raw`.) */
@Catch(EntraGuardError)
export class ChallengeFilter implements ExceptionFilter<EntraGuardError> {
  catch(error: EntraGuardError, host: ArgumentsHost): void {
    writeRefusal(host.switchToHttp().getResponse<NodeResponse>(), error)
  }
}

@Controller('invoices')
@UseFilters(ChallengeFilter)
export class InvoicesController {
  @Inject(DOWNSTREAM) private readonly downstream!: Downstream<'invoices'>

  @Get()
  @Access({ scopes: ['Orders.Read'] })
  async mine(
    @CurrentUser() user: UserIdentity,
    @Headers('authorization') authorization: string,
  ): Promise<unknown> {
    const call = this.downstream.fetchFor(user, authorization, 'invoices')
    return await (await call('https://invoices.contoso.com/mine')).json()
  }
}

@Module({ controllers: [InvoicesController], providers: [downstreamProvider] })
export class InvoicesModule {}
// #endregion
