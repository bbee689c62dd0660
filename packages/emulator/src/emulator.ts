import { createClock } from './clock.ts'
import type { CloudName } from './directory/clouds.ts'
import { createDirectory } from './directory/directory.ts'
import { readConditionalAccess, readEmulatorOptions, readRegistrations } from './directory/option-shapes.ts'
import type { EmulatorOptions } from './directory/options.ts'
import type { User } from './directory/registrations.ts'
import type { Emulator, RotateKeysOptions } from './emulator-interface.ts'
import { createConditionalAccess } from './directory/conditional-access.ts'
import { createConsents } from './flows/client/consents.ts'
import { createSessions } from './flows/sign-in/sessions.ts'
import { createEntrance } from './entrance.ts'
import { settleDevice } from './flows/sign-in/device-endpoint.ts'
import { createHooks } from './hooks.ts'
import { createGrants } from './flows/token/grants.ts'
import { createProofKey } from './keys/proof-key.ts'
import { createSigningKeys, isKeyRing } from './keys/signing-keys.ts'
import { issueAppToken, issueUserToken } from './tokens/access-token.ts'
import { issueB2cToken } from './tokens/b2c-token.ts'
import { issueIdToken } from './tokens/id-token.ts'
import { checkTokenOptions } from './tokens/token-option-shapes.ts'
import { hasMembers, isFlag, type Check } from './values/shape.ts'
import type { World } from './world.ts'

/**
 * Creates a local Entra ID in memory. It issues tokens and answers the real URLs of metadata and keys, so the code
 * under test is the code that runs in production.
 *
 * The RSA keys are generated when they are first needed. All emulators of a process share them, until one rotates its
 * keys.
 *
 * @throws TypeError when an option is unknown or wrong: for example an id that is not a GUID, or a tenant or app with
 * the id of another one.
 *
 * @example
 * ```ts
 * const entra = await createEmulator()
 * const verifier = createVerifier(entra.verifierOptions())
 * const identity = await verifier.verify(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
 * ```
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const directory = createDirectory(readEmulatorOptions(options))
  const { now, advance } = createClock(options.now)
  const world: World = {
    directory,
    conditionalAccess: createConditionalAccess(directory, now, options.conditionalAccess),
    signingKeys: createSigningKeys(now),
    grants: createGrants(),
    consents: createConsents(),
    sessions: createSessions(now),
    hooks: createHooks(),
    now,
  }
  await world.signingKeys.current(homeRing(world))
  const entrance = createEntrance(world)
  return {
    directory,
    now,
    advance,
    ...entrance,
    ...issuing(world),
    ...keyCare(world),
    createProofKey: (algorithm = 'ES256') => createProofKey(algorithm, now),
    register: (more) => directory.register(readRegistrations(more)),
    unregister: (id) => directory.unregister(id),
    registrations: () => ({
      ...directory.registrations(),
      conditionalAccess: world.conditionalAccess.options(),
    }),
    conditionalAccess: policyCare(world),
    consents: {
      given: () => world.consents.given(),
      withdraw: (clientId) => world.consents.withdraw(clientId),
    },
    nextToken: (change) => world.hooks.nextToken(change),
    nextResponse: (change, on) => world.hooks.nextResponse(change, on),
    settleDevice: (userCode, who) => settleDevice(world, userCode, chosenFor(world, who)),
    verifierOptions: () => ({
      tenants: directory.firstTenant.id,
      audience: [directory.firstApp.clientId, directory.firstApp.appIdUri],
      fetch: entrance.fetch,
      now,
    }),
  }
}

type Issuing = Pick<Emulator, 'issueUserToken' | 'issueAppToken' | 'issueB2cToken' | 'issueIdToken'>

type TokenKind = keyof typeof checkTokenOptions

/** Checks what a caller asks for. The flows, which issue tokens too, know what they ask for. */
const checking =
  <Options>(kind: TokenKind, issue: (world: World, token?: Options) => Promise<string>, world: World) =>
  // A promise, so that a mistake rejects it.
  async (token?: Options): Promise<string> => {
    if (token !== undefined) checkTokenOptions[kind](token, '')
    return issue(world, token)
  }

const issuing = (world: World): Issuing => ({
  issueUserToken: checking('user', issueUserToken, world),
  issueAppToken: checking('app', issueAppToken, world),
  issueB2cToken: checking('b2c', issueB2cToken, world),
  issueIdToken: checking('id', issueIdToken, world),
})

const homeRing = ({ directory }: World): CloudName => directory.firstTenant.cloud.name

const keyCare = (world: World): Pick<Emulator, 'rotateKeys' | 'retireKey' | 'restoreKey' | 'keys'> => ({
  keys: () => world.signingKeys.states(),
  rotateKeys: (how) => rotateKeys(world, how),
  retireKey: (kid) => world.signingKeys.retire(kid),
  restoreKey: (kid) => world.signingKeys.restore(kid),
})

const policyCare = ({ conditionalAccess }: World): Emulator['conditionalAccess'] => ({
  add: (policy) => conditionalAccess.add(readConditionalAccess(policy)),
  remove: (id) => conditionalAccess.remove(id),
  clear: () => conditionalAccess.clear(),
})

const checkRotation = hasMembers({
  ring: isKeyRing,
  published: isFlag,
  reuseKid: isFlag,
} satisfies Readonly<Record<keyof RotateKeysOptions, Check>>)

async function rotateKeys(
  world: World,
  options: RotateKeysOptions = {},
): Promise<{ readonly kid: string; readonly previousKid: string }> {
  checkRotation(options, '')
  const { ring, ...how } = options
  const { signingKeys } = world
  const main = ring ?? homeRing(world)
  const previous = await signingKeys.current(main)
  const others =
    ring === undefined ? signingKeys.used().filter((used) => used !== main && used !== 'unknown') : []
  const [rotated] = await Promise.all([main, ...others].map((each) => signingKeys.rotate(each, how)))
  return { kid: rotated?.kid ?? previous.kid, previousKid: previous.kid }
}

function chosenFor({ directory }: World, who: string): User | 'declined' {
  if (who === 'declined') return who
  const user = directory.user(who)
  if (user === undefined) throw new TypeError(`The emulator does not know the user ${JSON.stringify(who)}`)
  return user
}
