import { isRecord, type Body } from '../values/shape.ts'

const removed = (members: unknown): unknown =>
  isRecord(members)
    ? Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value ?? undefined]))
    : members

/** JSON has no `undefined`: a claim or header parameter that is `null` is removed. Everything else stays for its check. */
export const withRemovals = (body: Body): Body => ({
  ...body,
  claims: removed(body['claims']),
  header: removed(body['header']),
})
