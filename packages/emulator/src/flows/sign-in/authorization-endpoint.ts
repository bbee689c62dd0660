import type { Attempt } from '../../directory/conditional-access.ts'
import { isHinted } from '../../directory/principals.ts'
import type { User } from '../../directory/registrations.ts'
import type { HostedRequest } from '../../http/hosted-request.ts'
import type { World } from '../../world.ts'
import { currentUser, usersAt, type FlowAuthority } from '../authority.ts'
import { requireAssignment } from '../client/assignment.ts'
import { provenOnPage, requireEvidence } from '../client/evidence.ts'
import { unconsented } from '../client/unconsented.ts'
import { delegatedPermissions } from '../client/requested-scopes.ts'
import { Refusal } from '../refusal.ts'
import { refusals } from '../refusals.ts'
import {
  readAuthorizationRequest,
  readReplyAddress,
  type AuthorizationRequest,
} from './authorization-request.ts'
import { replyError, replyGranted } from './authorization-response.ts'
import type { Account, Session, SignedIn } from './sessions.ts'
import { consentPage, signInPage } from './sign-in-pages.ts'

/** Whose sign-in it is to be: `login_hint` names a person, `sid` a session of one. */
function isMeant({ user, sid }: Account, query: URLSearchParams): boolean {
  const [hint, session] = [query.get('login_hint'), query.get('sid')]
  if (hint !== null && hint !== '') return isHinted(user, hint)
  return session === null || session === '' || session === sid
}

/** Those who are signed in in this browser and may sign in here. */
function signedInHere(
  world: World,
  { authority, query }: AuthorizationRequest,
  session: Session | undefined,
): readonly Account[] {
  return (session?.accounts ?? []).flatMap((account) => {
    const user = currentUser(world, authority, account.user)
    return user === undefined || !isMeant({ ...account, user }, query) ? [] : [{ ...account, user }]
  })
}

/** The account with which it goes on without a page. `undefined`: a page is needed. */
function silentAccount(asked: AuthorizationRequest, accounts: readonly Account[]): Account | undefined {
  const prompt = asked.query.get('prompt')
  if (prompt === 'none') {
    if (accounts.length > 1) throw refusals.accountsMany()
    if (accounts[0] === undefined) throw refusals.signInRequired()
    return accounts[0]
  }
  if (prompt === 'login' || prompt === 'select_account' || prompt === 'create') return undefined
  return accounts.length === 1 ? accounts[0] : undefined
}

const attemptOf = (user: User, { address, scopes, claims }: AuthorizationRequest): Attempt => ({
  user,
  client: address.client,
  resources: scopes.map(({ resource }) => resource),
  authenticationContexts: claims.authenticationContexts,
})

/** B2C and External ID ask no administrator for anything. */
const isWorkforce = ({ audience }: FlowAuthority): boolean =>
  typeof audience === 'string' || audience.kind === 'workforce'

/** What the consent page lists. */
function toAgree(
  world: World,
  { address, authority, scopes }: AuthorizationRequest,
  user: User,
): readonly string[] {
  if (!isWorkforce(authority)) return []
  return scopes.flatMap((one) =>
    unconsented(world, address.client, user, one).map((permission) => `${one.resource.name}: ${permission}`),
  )
}

function recordConsent(world: World, { address, scopes }: AuthorizationRequest, user: User): void {
  for (const one of scopes) {
    world.consents.give(address.client, user, one.resource, delegatedPermissions(world, address.client, one))
  }
}

/** Everything after it is clear who it is: may they, have they proven enough, have they agreed? */
async function continueAs(world: World, asked: AuthorizationRequest, account: Account): Promise<Response> {
  const { query, authority, address } = asked
  const { user } = account
  if (isWorkforce(authority)) {
    requireAssignment(world, address.client, user)
    requireEvidence(world, attemptOf(user, asked), account)
  }
  const missing = toAgree(world, asked, user)
  const decided = query.get('consent')
  if (decided === 'decline') throw refusals.consentDeclined()
  if (decided === 'accept') recordConsent(world, asked, user)
  else if (missing.length > 0 || query.get('prompt') === 'consent') {
    if (query.get('prompt') === 'none') throw refusals.consentMissing(address.client, 'interaction_required')
    return consentPage(asked, user, missing.length > 0 ? missing : ['what it already may'])
  }
  return replyGranted(world, asked, account)
}

/** The accounts that the page shows; the one that the client hints at comes first, even when it is not from here. */
function usersToShow(world: World, { authority, query }: AuthorizationRequest): readonly User[] {
  const here = usersAt(world, authority)
  const hint = query.get('login_hint')
  if (hint === null || hint === '') return here
  const hinted = (user: User): boolean => isHinted(user, hint)
  const strangers = world.directory.users.filter((user) => hinted(user) && !here.includes(user))
  return [...here.filter(hinted), ...strangers, ...here.filter((user) => !hinted(user))]
}

/** The user that somebody picked on the page. */
function pickedUser(world: World, { authority, address }: AuthorizationRequest, id: string): User {
  const user = usersAt(world, authority).find((one) => one.id === id)
  if (user !== undefined) return user
  const stranger = world.directory.user(id)
  if (stranger === undefined) throw refusals.consentDeclined()
  const provider = `https://sts.windows.net/${stranger.tenantId}/`
  const tenant = typeof authority.audience === 'string' ? authority.segment : authority.audience.name
  throw refusals.accountForeign(stranger.userPrincipalName, provider, tenant, address.client)
}

/** Somebody picked an account on the page: that is a new sign-in, which proves whatever is asked for. */
function signInPicked(
  world: World,
  asked: AuthorizationRequest,
  session: Session | undefined,
  id: string,
): SignedIn {
  const user = pickedUser(world, asked, id)
  return world.sessions.signIn(session, {
    user,
    clientId: asked.address.client.clientId,
    proofs: provenOnPage(world, attemptOf(user, asked), asked.claims),
    authenticatedAt: world.now(),
  })
}

/** What the session has not proven, the person can on the page, unless nobody may be asked. */
function canBeProvenOnPage(error: unknown, { query }: AuthorizationRequest): boolean {
  if (!(error instanceof Refusal) || error.answer.claims === undefined) return false
  return query.get('prompt') !== 'none' && error.answer.suberror !== 'message_only'
}

/** Nobody picked anything yet: a page, or nothing to see where a session answers for the user. */
async function answerUnasked(
  world: World,
  asked: AuthorizationRequest,
  known: SignedIn | undefined,
): Promise<Response> {
  if (known === undefined) return signInPage(asked, usersToShow(world, asked))
  try {
    return await continueAs(world, asked, known.account)
  } catch (error) {
    if (canBeProvenOnPage(error, asked)) return signInPage(asked, usersToShow(world, asked))
    throw error
  }
}

function signInKnown(
  world: World,
  asked: AuthorizationRequest,
  session: Session | undefined,
): SignedIn | undefined {
  const known = silentAccount(asked, signedInHere(world, asked, session))
  const { clientId } = asked.address.client
  return known === undefined ? undefined : world.sessions.signIn(session, { ...known, clientId })
}

/** `GET` asks for sign-in, and so may a `POST`; a `POST` with `user` is somebody's choice on the page. */
export async function answerAuthorize(
  world: World,
  { request, url }: HostedRequest,
  authority: FlowAuthority,
): Promise<Response> {
  const isPost = request.method === 'POST'
  const query = isPost ? new URLSearchParams(await request.text()) : url.searchParams
  const address = readReplyAddress(world, query, authority)
  let signedIn: SignedIn | undefined
  const answer = async (): Promise<Response> => {
    const asked = readAuthorizationRequest(world, query, authority, address)
    const before = world.sessions.of(request)
    const choice = isPost ? query.get('user') : null
    if (choice === null) {
      signedIn = signInKnown(world, asked, before)
      return answerUnasked(world, asked, signedIn)
    }
    signedIn = signInPicked(world, asked, before, choice)
    return continueAs(world, asked, signedIn.account)
  }
  const response = await answer().catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    return replyError(world, address, error.answer, query.get('client-request-id'))
  })
  // Whoever signed in stays signed in, even where the app gets nothing.
  if (signedIn !== undefined) {
    response.headers.append('set-cookie', world.sessions.cookie(signedIn.session, url.protocol === 'https:'))
  }
  return response
}
