/** The sample APIs that the demo tries, in its order. */
export const apps: ReadonlyArray<{ readonly name: string }>
