import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager'
import { Controller, Get, Injectable, Module, UseInterceptors, type ExecutionContext } from '@nestjs/common'

import type { UserIdentity } from '@entraguard/core'
import { Access, CurrentUser, identityOf } from '@entraguard/nestjs'

// #region nest
/** What is cached for one caller is for that caller; without one, nothing is. */
@Injectable()
export class CacheForCaller extends CacheInterceptor {
  protected override async trackBy(context: ExecutionContext): Promise<string | undefined> {
    const address = await super.trackBy(context)
    const caller = identityOf(context)?.key
    return address === undefined || caller === undefined ? undefined : `${caller} ${address}`
  }
}
// #endregion

let made = 0
const answer = (user: UserIdentity): { of: string; made: number } => ({ of: user.key, made: (made += 1) })

@Controller()
@Access({ scopes: ['Orders.Read'] })
export class CachedController {
  @Get('shared')
  @UseInterceptors(CacheInterceptor)
  shared(@CurrentUser() user: UserIdentity): object {
    return answer(user)
  }
  @Get('own')
  @UseInterceptors(CacheForCaller)
  own(@CurrentUser() user: UserIdentity): object {
    return answer(user)
  }
}

@Module({ imports: [CacheModule.register()], controllers: [CachedController] })
export class CachedModule {}
