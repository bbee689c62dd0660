/** A map that forgets its oldest entry when it is full: nothing that comes in from outside may fill the memory. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #most: number

  constructor(most: number) {
    super()
    this.#most = most
  }

  override set(key: Key, value: Value): this {
    super.delete(key)
    super.set(key, value)
    for (const oldest of super.keys()) {
      if (super.size <= this.#most) break
      super.delete(oldest)
    }
    return this
  }
}
