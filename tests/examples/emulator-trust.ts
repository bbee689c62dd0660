import { argv } from 'node:process'

const [caFile = '', address = ''] = argv.slice(2)

// #region trust
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** From now on `fetch` and TLS of this process trust the emulator beside everybody whom they trusted before. */
const trustEmulator = (file: string): void =>
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')])
// #endregion

trustEmulator(caFile)
const answer = await fetch(address)
console.log(answer.status)
