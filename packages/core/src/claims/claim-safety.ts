declare const displayOnly: unique symbol
declare const opaque: unique symbol

/**
 * Text for people, never for a decision: it can be changed by its owner or by an administrator of another directory
 * (the "nOAuth" class of attacks). A string at run time; on purpose not assignable to `string` and not comparable
 * with one. Write `String(value)` to show it.
 */
export interface DisplayOnly {
  readonly [displayOnly]: true
  /** The text, for showing. */
  toString(): string
}

/** Internal to Microsoft, without a documented meaning: do not parse it and do not decide on it. */
export interface Opaque {
  readonly [opaque]: true
}

/**
 * Names that decide nothing, also in a token of a version or a policy that does not document them. As an unknown claim
 * such a name could be compared with text, and so could that of an identity whose version nobody looked at.
 */
export interface NamesForPeople {
  readonly upn?: DisplayOnly
  readonly preferred_username?: DisplayOnly
  readonly unique_name?: DisplayOnly
  readonly email?: DisplayOnly
  readonly name?: DisplayOnly
}
