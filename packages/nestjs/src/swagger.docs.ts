/*
 * `@nestjs/swagger` keeps what its decorators say as metadata. Writing the same metadata needs no import of a package
 * that may not be installed: there is no way to load one at once, as a decorator has to, that works in ES modules, in
 * CommonJS, in a bundle and in Jest alike. The tests compare this with what the decorators of versions 11 and 12 write.
 */
const securityKey = 'swagger/apiSecurity'
const responsesKey = 'swagger/apiResponse'

type Security = Readonly<Record<string, readonly string[]>>
type Responses = Readonly<Record<string, { readonly description?: string }>>

const bearer: Security = { bearer: [] }
const unauthorized = 'The access token is missing or not valid for this API.'
const forbidden = 'The access token does not permit this operation.'

/**
 * Documents a class, or the function of a method, as `@ApiBearerAuth()`, `@ApiUnauthorizedResponse()` and
 * `@ApiForbiddenResponse()` would. What the application itself has said there stays. Where `@nestjs/swagger` is not
 * installed nobody reads it.
 */
export function documentAccess(target: object): void {
  const security = metadataOf<readonly Security[]>(securityKey, target) ?? []
  Reflect.defineMetadata(securityKey, [...security, bearer], target)
  const said = metadataOf<Responses>(responsesKey, target) ?? {}
  const responses: Responses = {
    ...said,
    401: { description: unauthorized, ...said[401] },
    403: { description: forbidden, ...said[403] },
  }
  Reflect.defineMetadata(responsesKey, responses, target)
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters -- one key, one type
const metadataOf = <T>(key: string, target: object): T | undefined => Reflect.getMetadata(key, target) as T
