/** Libraries without types of their own, as far as they are used here. */

declare module 'passport' {
  interface Authenticator {
    use(name: string, strategy: object): void
    authenticate(name: string, options: object): import('express').RequestHandler
  }
  const passport: { readonly Passport: new () => Authenticator }
  export default passport
}

declare module 'passport-azure-ad' {
  type Done = (error: unknown, user?: object) => void
  type Strategy = new (options: object, verify: (found: object, done: Done) => void) => object
  const strategies: { readonly OIDCStrategy: Strategy; readonly BearerStrategy: Strategy }
  export default strategies
}

declare module 'express-session' {
  const session: (options: object) => import('express').RequestHandler
  export default session
}
