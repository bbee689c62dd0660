/** It has no types of its own. */
declare module 'passport-azure-ad' {
  export const BearerStrategy: new (options: object, verify: unknown) => import('passport').Strategy
}
