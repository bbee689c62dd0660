import type { RequestListener } from 'node:http'

import type { Variant } from '../rounds.ts'

/**
 * An application for each variant, behind one server. In one application they would be routes of one router, and that of
 * Express tries them one after the other: the last variant would pay for all before it.
 */
export function byVariant(applications: Readonly<Record<Variant, RequestListener>>): RequestListener {
  return (request, response) => {
    const { url = '' } = request
    const variant = url.slice(1, url.indexOf('?'))
    if (isVariant(variant)) applications[variant](request, response)
    else response.writeHead(404).end()
  }

  function isVariant(name: string): name is Variant {
    return Object.hasOwn(applications, name)
  }
}
