import { Inject, Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'

import { EntraGuard } from './entra.guard.ts'

/**
 * The guard that Nest runs for every route before any other guard, and that runs before each GraphQL resolver. It calls
 * an `EntraGuard`, or the replacement that a test set with `overrideGuard`, because `overrideGuard` replaces only
 * guards on classes and methods and no provider.
 */
@Injectable()
@UseGuards(EntraGuard) // nothing runs it: it makes Nest keep one where `overrideGuard` looks
export class GlobalGuard implements CanActivate {
  @Inject(ModuleRef) private readonly modules!: ModuleRef
  private guard: CanActivate | undefined

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    this.guard ??= this.findGuard()
    return this.guard.canActivate(context)
  }

  private findGuard(): CanActivate {
    const guards = this.modules.get<CanActivate>(EntraGuard, { strict: false, each: true })
    return guards.find((guard) => guard.constructor !== EntraGuard) ?? this.modules.get(EntraGuard)
  }
}

/**
 * Registered as `APP_GUARD` in global mode. It lets everybody pass, because `GlobalGuard` has already decided. If Nest
 * has registered it, the module was loaded in time.
 */
export class GlobalMode implements CanActivate {
  canActivate(): boolean {
    return true
  }
}
