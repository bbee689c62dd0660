// The local Entra ID of the demo, as a process of its own. Says where it listens to the process that started it.
import { createEmulator } from '../../packages/emulator/dist/index.js'
import { listen } from '../../packages/emulator/dist/node.js'

const { url } = await listen(await createEmulator())
process.send({ url })
