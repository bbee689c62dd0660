import type { KnownKey, Verifier } from '@entraguard/core'
import { InjectVerifier, Public } from '@entraguard/nestjs'
import { Controller, Get, NotFoundException } from '@nestjs/common'
import { ApiExcludeController } from '@nestjs/swagger'

/** Which keys this API knows, for the playground of the portal. Where codes are not exposed, there is no such page. */
@Controller('keys')
@ApiExcludeController()
export class KeysController {
  private readonly verifier: Verifier

  constructor(@InjectVerifier() verifier: Verifier) {
    this.verifier = verifier
  }

  @Get()
  @Public()
  list(): readonly KnownKey[] {
    if (this.verifier.challenge.exposeCode !== true) throw new NotFoundException()
    return this.verifier.keys()
  }
}
