declare const displayOnly: unique symbol
declare const opaque: unique symbol

/**
 * Text to show to people, never to base access on: its owner, or an administrator of another directory, can change it
 * (the "nOAuth" class of attacks). At run time it is a string. Its type is deliberately not assignable to `string` and
 * not comparable with one. Write `String(value)` to show it.
 */
export interface DisplayOnly {
  readonly [displayOnly]: true
  /** The text, for showing. */
  toString(): string
}

/** Internal to Microsoft, without a documented meaning. Do not parse it, and do not base access on it. */
export interface Opaque {
  readonly [opaque]: true
}

/**
 * Names that must not decide anything, even in a token whose version or policy does not document them. If they were
 * left `unknown`, code could compare them with text, for example on an identity whose version it has not checked.
 */
export interface NamesForPeople {
  readonly upn?: DisplayOnly
  readonly preferred_username?: DisplayOnly
  readonly unique_name?: DisplayOnly
  readonly email?: DisplayOnly
  readonly name?: DisplayOnly
}
