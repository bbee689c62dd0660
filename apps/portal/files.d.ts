/** The text of each file of the portal, by its name. */
export declare const files: Readonly<Record<string, string>>
