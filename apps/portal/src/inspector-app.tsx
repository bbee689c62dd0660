import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { post } from './emulator-api.ts'
import { InspectorView, type Inspected } from './inspector/inspector-view.tsx'
import type { KeySource } from './inspector/settings-form.tsx'
import { noSettings } from './inspector/settings.ts'
import { Shell } from './shell.tsx'

const prefix = '/__inspector/'

const source: KeySource = {
  label: 'Fetch the keys from Microsoft',
  isFollowed: false,
  load: async ({ tenant, cloud, appId }) => {
    const keys = await post('keys', { tenant: tenant.trim(), cloud, appId: appId.trim() }, prefix)
    return JSON.stringify(keys, undefined, 2)
  },
}

/** The token that the command line was given. The code in the address is good for one time, and is taken away. */
async function takeToken(): Promise<string | null> {
  const [, code] = /^#token=([\w-]+)$/.exec(location.hash) ?? []
  if (code === undefined) return null
  history.replaceState(null, '', '/')
  return (await post<{ readonly token: string | null }>('token', { code }, prefix)).token
}

/** The inspector alone. */
export function InspectorApp(): JSX.Element {
  const [inspected, setInspected] = useState<Inspected>({
    token: '',
    settings: noSettings,
    isFollowing: false,
  })
  const [now] = useState(() => () => Date.now())
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const token = await takeToken()
      if (token !== null) setInspected((before) => ({ ...before, token }))
    }
    void begin()
  }, [])
  return (
    <Shell>
      <InspectorView inspected={inspected} onChange={setInspected} source={source} now={now} />
    </Shell>
  )
}
