/** A port of this machine that nobody listens on, for a program that cannot say which one it was given. */
export function freePort(): Promise<number>
