/** The result of {@link createPrivateMap}: the part of a `WeakMap` that an adapter needs. */
export interface PrivateMap<K extends object, V> {
  /** The value stored for this object, or `undefined`. */
  get(key: K): V | undefined
  /** Stores a value for an object. */
  set(key: K, value: V): void
  /** Removes the value stored for an object. */
  delete(key: K): void
}

/** A constructor that gives back what it was given, so that the fields of a class below it are put on that object. */
// oxlint-disable-next-line typescript/no-extraneous-class -- it is a constructor for the class below and nothing else
class Itself {
  constructor(object: object) {
    // oxlint-disable-next-line no-constructor-return -- the one way to give an object that exists a private field
    return object
  }
}

/**
 * A map from requests to what a guard found out about them, for adapters. It behaves like a `WeakMap`: only code that
 * has the map can read or write it, a copy of a request has no entry, and an entry keeps nothing alive. It is cheaper:
 * the value is in a private field of the object, which costs the garbage collector nothing. A `WeakMap` with an entry
 * for each request costs more than the check of a token that was seen before.
 *
 * @example
 * ```ts
 * const admitted = createPrivateMap<IncomingMessage, Identity>()
 * admitted.set(request, await verifier.authenticate(authorizationOf(request)))
 * ```
 */
export function createPrivateMap<K extends object, V>(): PrivateMap<K, V> {
  // An object that takes no more fields takes no private one either, on engines that follow the newest ECMAScript.
  const closed = new WeakMap<object, V>()
  class Entry extends Itself {
    #value: V | undefined

    static get(key: object): V | undefined {
      return #value in key ? key.#value : closed.get(key)
    }

    static set(key: object, value: V): void {
      // A field that is there can be written even after the object was frozen.
      if (#value in key) key.#value = value
      else if (Object.isExtensible(key)) new Entry(key).#value = value
      else closed.set(key, value)
    }

    static delete(key: object): void {
      if (#value in key) key.#value = undefined
      else closed.delete(key)
    }
  }
  return {
    get: (key) => Entry.get(key),
    set: (key, value) => Entry.set(key, value),
    delete: (key) => Entry.delete(key),
  }
}
