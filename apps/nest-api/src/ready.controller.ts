import type { HealthStatus, Verifier } from '@entraguard/core'
import { InjectVerifier, Public } from '@entraguard/nestjs'
import { Controller, Get, ServiceUnavailableException } from '@nestjs/common'
import { ApiOkResponse, ApiServiceUnavailableResponse } from '@nestjs/swagger'

/** A readiness probe, answered at once; behind `@nestjs/terminus` it is an indicator. */
@Controller('ready')
export class ReadyController {
  private readonly verifier: Verifier

  constructor(@InjectVerifier() verifier: Verifier) {
    this.verifier = verifier
  }

  @Get()
  @Public()
  @ApiOkResponse({ description: 'Tokens can be checked.' })
  @ApiServiceUnavailableResponse({ description: 'There are no keys yet.' })
  ready(): { status: HealthStatus } {
    const { status } = this.verifier.health()
    if (status !== 'unavailable') return { status }
    // While the probe keeps requests away nobody else asks for keys.
    this.verifier.prefetch().catch(() => {})
    throw new ServiceUnavailableException({ status })
  }
}
