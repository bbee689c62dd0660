/** Compiles only for exactly the type that is named: neither a wider nor a narrower one will do, nor `any`. */
export const expectType =
  <Expected>() =>
  <Actual extends Expected>(_value: Actual & Same<Expected, Actual>): void => {}

type Same<Expected, Actual> = [Expected] extends [Actual]
  ? 0 extends 1 & Actual
    ? Differs
    : unknown
  : Differs

interface Differs {
  readonly typesDiffer: true
}
