import type { VerifyContext } from '@entraguard/core'
import { after } from 'next/server.js'

/** Lets a refresh of the keys finish after the response, on platforms that stop the function with the response. */
export const afterResponse: VerifyContext = {
  waitUntil: (work) => {
    try {
      after(work)
    } catch {
      // Outside a request of the App Router, or on a server without waitUntil: there the process lives on, and a
      // refresh that cannot be kept alive is no reason to refuse a request.
    }
  },
}
