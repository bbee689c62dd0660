import { chromium, type Browser } from 'playwright-core'

/** Milliseconds that Chromium may take for anything, on a busy machine. */
export const patience = 240_000

/** Debian's Chromium, or the one named by CHROMIUM_PATH. `more` are switches that one test needs beside the usual. */
export const launch = (...more: readonly string[]): Promise<Browser> =>
  chromium.launch({
    timeout: patience,
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
