import { Inject, Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'

import { EntraGuard } from './entra.guard.ts'

/**
 * What Nest asks for every route before any other guard, and what stands before each resolver of a query. It asks an
 * `EntraGuard`, or what a test has put in the place of one by `overrideGuard`, which replaces the guards that stand on
 * classes and methods and no provider.
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
 * Registered as `APP_GUARD` where the mode is global, and lets everybody pass: `GlobalGuard` has been asked by then. That
 * Nest has registered it tells that the module was there in time.
 */
export class GlobalMode implements CanActivate {
  canActivate(): boolean {
    return true
  }
}
