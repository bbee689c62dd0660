import type { JsonObject } from '../token/strict-json.ts'

type ClaimShape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'strings'
  | 'text or number'
  | 'text or boolean'
  | 'strings or text'

/** What a typed claim must be to be handed out. */
export type ClaimShapes = ReadonlyMap<string, ClaimShape>

/**
 * The shapes of Entra ID and External ID claims. Lists that a rule decides on are not here: claims.ts refuses anything
 * else in their place.
 */
export const entraShapes: ClaimShapes = new Map<string, ClaimShape>([
  ...names('number', 'acct auth_time'),
  ...names('boolean', 'hasgroups xms_edov newUser'),
  ...names('strings', 'acrs xms_cc verified_primary_email verified_secondary_email signin_state emails'),
  ...names('text or number', 'pwd_exp'),
  ...names('text or boolean', 'in_corp'),
  ...names('strings or text', 'groups'),
  ...names(
    'string',
    'idtyp idp uti sid name preferred_username unique_name upn email given_name family_name nickname ' +
      'app_displayname ipaddr fwd vnet onprem_sid pwd_url ctry tenant_ctry tenant_region_scope ' +
      'tenant_region_sub_scope xms_pdl xms_pl xms_tpl ztdid deviceid platf xms_mirid xms_az_rid xms_act_fct ' +
      'xms_sub_fct xms_tnt_fct xms_idrel xms_par_app_azp appidacr azpacr acr tfp nonce',
  ),
])

/**
 * The shapes of B2C claims. A policy may write anything under any name, so these are the claims that {@link B2cClaims}
 * types.
 */
export const b2cShapes: ClaimShapes = new Map<string, ClaimShape>([
  ...names('number', 'auth_time'),
  ...names('boolean', 'newUser'),
  ...names('strings', 'emails'),
  ...names(
    'string',
    'idp uti name preferred_username unique_name upn email given_name family_name acr tfp nonce',
  ),
])

/** Of ID tokens, those of B2C among them. */
export const idTokenShapes: ClaimShapes = new Map<string, ClaimShape>([
  ...entraShapes,
  ...names('strings', 'roles'),
])

function names(shape: ClaimShape, list: string): Array<[string, ClaimShape]> {
  return list.split(' ').map((name) => [name, shape])
}

/** True when the value is a list of strings and nothing else. */
export function isStringList(value: unknown): value is readonly string[] {
  if (!Array.isArray(value)) return false
  for (const item of value) if (typeof item !== 'string') return false
  return true
}

function hasShape(value: unknown, shape: ClaimShape): boolean {
  switch (shape) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === shape
    case 'strings':
      return isStringList(value)
    case 'text or number':
      return typeof value === 'string' || typeof value === 'number'
    case 'text or boolean':
      return typeof value === 'string' || typeof value === 'boolean'
    case 'strings or text':
      return typeof value === 'string' || isStringList(value)
  }
}

/**
 * The payload without the typed claims whose value has an undocumented type, so that the types tell the truth.
 * The payload itself when all are well, which is nearly always. For handing out only: rules read the payload, where a
 * claim of an undocumented type is not the same as none.
 */
export function withDocumentedTypes(payload: JsonObject, shapes: ClaimShapes): JsonObject {
  let wrong: Set<string> | undefined
  for (const name of Object.keys(payload)) {
    const shape = shapes.get(name)
    if (shape !== undefined && !hasShape(payload[name], shape)) (wrong ??= new Set()).add(name)
  }
  if (wrong === undefined) return payload
  return Object.freeze(
    Object.fromEntries(Object.entries(payload).filter(([name]) => wrong.has(name) === false)),
  )
}
