/** Things of one kind, with the options that would make them again. */
export interface Registry<Item, Options> {
  readonly items: readonly Item[]
  /** The options of every item, ids filled in. */
  options(): readonly Options[]
  /** Adds it, or puts it in the place of the one with the same id. */
  put(options: Options): Item
  /** Was it there? The first one stays, because tokens are made for it without being told so. */
  remove(id: string): boolean
}

/** How items of one kind are made and told apart. */
export interface Kind<Item, Options> {
  readonly toItem: (options: Options, index: number) => Item
  /** What makes the same item anywhere. */
  readonly toOptions: (options: Options, item: Item) => Options
  readonly idOf: (item: Item) => string
  /** @throws TypeError when the item does not go with the others. */
  readonly check?: (item: Item, others: readonly Item[]) => void
}

export function createRegistry<Item, Options>(
  { toItem, toOptions, idOf, check }: Kind<Item, Options>,
  given: readonly Options[],
  { needsFirst }: { readonly needsFirst: boolean },
): Registry<Item, Options> {
  const items: Item[] = []
  const sources: Options[] = []
  const registry: Registry<Item, Options> = {
    items,
    options: () =>
      sources.flatMap((source, index) => {
        const item = items[index]
        return item === undefined ? [] : [toOptions(source, item)]
      }),
    put(options) {
      const made = toItem(options, items.length)
      const known = items.findIndex((item) => idOf(item) === idOf(made))
      // What is first has defaults that others have not.
      const item = known === 0 ? toItem(options, 0) : made
      check?.(
        item,
        items.filter((_, index) => index !== known),
      )
      const index = known === -1 ? items.length : known
      items[index] = item
      sources[index] = options
      return item
    },
    remove(id) {
      const index = items.findIndex((item) => idOf(item) === id.toLowerCase())
      if (index === -1) return false
      if (index === 0 && needsFirst)
        throw new TypeError(`${id} is the first of its kind and cannot be removed`)
      items.splice(index, 1)
      sources.splice(index, 1)
      return true
    },
  }
  for (const options of given) {
    const before = items.length
    const item = registry.put(options)
    if (items.length === before) throw new TypeError(`the id ${JSON.stringify(idOf(item))} is used twice`)
  }
  return registry
}
