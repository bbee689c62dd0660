/** The classes that have a rule of ours, or whose methods have one. */
const ruled = new Set<WeakRef<object>>()
const known = new WeakSet<object>()

/** The types of a schema are in no module: a class is remembered when it is decorated. */
export function rememberClass(target: object): void {
  if (known.has(target)) return
  known.add(target)
  ruled.add(new WeakRef(target))
}

/**
 * Refuses rules on a type of the schema, which Nest neither makes nor asks: graphql-js itself reads its fields, and calls
 * its methods.
 *
 * @throws {TypeError}
 */
export function checkTypes(): void {
  for (const reference of ruled) {
    const target = reference.deref()
    if (typeof target === 'function' && Reflect.hasOwnMetadata('graphql:class_type', target))
      throw new TypeError(
        `${target.name}: @Access(), @Public() and @UseVerifier() do nothing on a type of GraphQL: put them on the query, ` +
          'or on a @ResolveField() of its resolver',
      )
  }
}
