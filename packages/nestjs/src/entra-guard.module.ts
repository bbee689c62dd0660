import {
  checkOptions,
  createVerifier,
  verifierOptionNames,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'
import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  type ConfigurableModuleCls,
  type DynamicModule,
  type OnModuleInit,
} from '@nestjs/common'
import {
  APP_GUARD,
  ApplicationConfig,
  ExternalContextCreator,
  HttpAdapterHost,
  ModulesContainer,
} from '@nestjs/core'

import { EntraGuard } from './entra.guard.ts'
import { GlobalGuard, GlobalMode } from './global.guard.ts'
import { guardGraphql } from './graphql/graphql.guard.ts'
import type { ReadAuthorization } from './calls/request.reader.ts'
import { guardOwnMethods } from './start-up/own-methods.guard.ts'
import { checkApplication, checkGlobalGuard, hasGlobalGuard } from './start-up/start-up.check.ts'
import { documentRoutes } from './routes/swagger.docs.ts'
import { defaultName, getMessageReaderToken, getVerifierToken, settingsToken } from './verifier.tokens.ts'

/** Options for `createVerifier`, or a verifier. */
export type EntraGuardModuleOptions =
  | (VerifierOptions & { readonly verifier?: never })
  | ({ readonly verifier: Verifier } & { readonly [Option in keyof VerifierOptions]?: never })

/** The settings that must be known before asynchronous options are resolved. */
export interface EntraGuardModuleExtras {
  /** Tells several verifiers of one application apart; see `UseVerifier` and `InjectVerifier`. */
  readonly name?: string | undefined
  /** `global` guards every route, `manual` only those with `@UseGuards(EntraGuard)` or `@Access`. Default `global`. */
  readonly guard?: 'global' | 'manual' | undefined
  /**
   * For `@nestjs/swagger`: the name of the security scheme with which guarded routes are documented, as passed to
   * `DocumentBuilder`. `false` documents nothing. Default `bearer`, the name that `addBearerAuth()` uses.
   */
  readonly swagger?: string | false | undefined
  /** Reads the credential of a microservice message. Without it, such messages are refused. */
  readonly microservices?: ReadAuthorization | undefined
}

/** What of the extras the module itself has to know. */
interface Settings {
  readonly name: string
  readonly isGlobal: boolean
  readonly scheme: string | false
}

const defaults: EntraGuardModuleExtras = {
  name: defaultName,
  guard: 'global',
  swagger: 'bearer',
  microservices: undefined,
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<EntraGuardModuleOptions>({ moduleName: 'EntraGuard' })
    .setClassMethodName('forRoot')
    .setExtras(defaults, addProviders)
    .build()

function addProviders(definition: DynamicModule, extras: EntraGuardModuleExtras): DynamicModule {
  const { name = defaultName, guard, swagger: scheme = 'bearer', microservices = false } = extras
  // A word that is not "manual" guards everything.
  const settings: Settings = { name, isGlobal: guard !== 'manual', scheme: checkedScheme(scheme) }
  const verifier = getVerifierToken(name)
  definition.providers?.push(
    { provide: verifier, useFactory: toVerifier, inject: [MODULE_OPTIONS_TOKEN] },
    { provide: getMessageReaderToken(name), useValue: microservices },
    EntraGuard,
    GlobalGuard,
    { provide: settingsToken, useValue: settings },
  )
  if (settings.isGlobal) definition.providers?.push({ provide: APP_GUARD, useClass: GlobalMode })
  return { ...definition, global: true, exports: [verifier, EntraGuard] }
}

/** @throws {TypeError} */
function checkedScheme(scheme: unknown): string | false {
  if (scheme === false || (typeof scheme === 'string' && scheme !== '')) return scheme
  throw new TypeError('EntraGuardModule: option swagger must be the name of a security scheme, or false')
}

const optionNames: readonly string[] = [...verifierOptionNames, 'verifier']

function toVerifier(options: VerifierOptions & { verifier?: Verifier }): Verifier {
  const { verifier, ...rest } = checkOptions('EntraGuardModule', options, optionNames)
  if (!('verifier' in options)) return createVerifier(options)
  if (Object.keys(rest).length > 0)
    throw new TypeError('EntraGuardModule: pass the options of createVerifier or a verifier, not both')
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError('EntraGuardModule: option verifier must come from createVerifier')
  return verifier
}

type Root = ConfigurableModuleCls<EntraGuardModuleOptions, 'forRoot', 'create', EntraGuardModuleExtras>
const ConfiguredModule: Root = ConfigurableModuleClass

/**
 * Guards the routes of a Nest application with Entra ID access tokens.
 *
 * `forRoot` takes the options of `createVerifier`, or a verifier. `forRootAsync` takes `inject` with `useFactory`, or
 * `useClass` or `useExisting` with a class that has a method `create`. Both also take the members of {@link
 * EntraGuardModuleExtras}. Middleware and static files (including Swagger UI) are not routes: Nest runs no guard for
 * them.
 *
 * @throws {TypeError} at start-up, for wrong options and for routes with contradictory rules.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [
 *     EntraGuardModule.forRoot({
 *       tenants: '11111111-1111-4111-8111-111111111111',
 *       audience: ['22222222-2222-4222-8222-222222222222', 'api://22222222-2222-4222-8222-222222222222'],
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 */
@Module({})
export class EntraGuardModule extends ConfiguredModule implements OnModuleInit {
  /**
   * The module for the options of `createVerifier`, or for a verifier, together with those of {@link
   * EntraGuardModuleExtras}. It makes no request.
   *
   * @throws {TypeError} for options that are missing or inherited. All other mistakes are found when the application
   * starts.
   *
   * @example
   * ```ts
   * const imports = [EntraGuardModule.forRoot({ tenants, audience, guard: 'manual' })]
   * ```
   */
  static override forRoot(options: EntraGuardModuleOptions & EntraGuardModuleExtras): DynamicModule {
    // The builder of Nest copies own members only: it would lose an inherited option, and with it a rule. Unknown names
    // are refused at the start.
    const names = [...optionNames, ...Object.keys(defaults), ...Object.keys(options ?? {})]
    return super.forRoot(checkOptions('EntraGuardModule', options, names))
  }

  @Inject(ModulesContainer) private readonly modules!: ModulesContainer
  @Inject(ApplicationConfig) private readonly config!: ApplicationConfig
  @Inject(ExternalContextCreator) private readonly creator!: ExternalContextCreator
  @Inject(GlobalGuard) private readonly guard!: GlobalGuard
  @Inject(settingsToken) private readonly settings!: Settings

  constructor(
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(GlobalGuard) guard: GlobalGuard,
    @Inject(settingsToken) settings: Settings,
  ) {
    super()
    // Nest registers what is APP_GUARD once all modules are there: guards of the application come after this one.
    if (settings.isGlobal) config.addGlobalGuard(guard)
    checkApplication(modules)
    guardOwnMethods(modules)
    document(modules, settings)
    // Nothing more is initialised in an application that runs already.
    if (host.listening) checkGlobalGuard(modules, config.getGlobalGuards())
  }

  /**
   * Of global modules Nest calls it first, and so before GraphQLModule makes its schema. By now there are modules that
   * were loaded lazily, and guards of `useGlobalGuards`, too.
   */
  onModuleInit(): void {
    const { modules, config, creator, guard, settings } = this
    const guards = config.getGlobalGuards()
    checkApplication(modules, guards)
    guardOwnMethods(modules)
    checkGlobalGuard(modules, guards)
    document(modules, settings)
    guardGraphql({ modules, config, creator, guard })
  }
}

function document(modules: ModulesContainer, { name, scheme }: Settings): void {
  if (scheme !== false) documentRoutes(modules, { name, scheme, isGlobal: hasGlobalGuard(modules) })
}
