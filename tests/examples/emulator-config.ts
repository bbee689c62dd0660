// #region config
import { readFile } from 'node:fs/promises'

import { createEmulator, readEmulatorOptions, type Emulator } from '@entraguard/emulator'

/** An emulator from a configuration file; a mistake in it is a `TypeError` that names the place. */
export const emulatorFrom = async (file: string): Promise<Emulator> =>
  await createEmulator(readEmulatorOptions(JSON.parse(await readFile(file, 'utf8'))))
// #endregion
