import { clouds } from '@entraguard/core'
import type { JSX } from 'preact'
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'

import { DirectoryView } from './directory/directory-view.tsx'
import { read, readKeys, type LocalApi, type Status } from './emulator-api.ts'
import { InspectorView, type Inspected } from './inspector/inspector-view.tsx'
import type { KeySource } from './inspector/settings-form.tsx'
import { noSettings, type Settings } from './inspector/settings.ts'
import { emptyPlayground, PlaygroundView } from './playground/playground-view.tsx'
import { show, useView } from './route.ts'
import { Shell } from './shell.tsx'
import { TokensView } from './tokens/tokens-view.tsx'
import { TrafficView } from './traffic/traffic-view.tsx'
import { WorldContext, type World } from './world.ts'

/** What the inspector checks a token against: the API that it was minted for, else the first one. */
function settingsOf({ tenants, apps }: Status, audience?: unknown): Settings {
  const api = apps.find(({ clientId, appIdUri }) => clientId === audience || appIdUri === audience) ?? apps[0]
  const workforce = tenants.filter(({ kind }) => kind === 'workforce')
  const tenant = workforce.find(({ id }) => id === api?.tenantId) ?? workforce[0]
  return {
    ...noSettings,
    tenant: tenant?.id ?? '',
    cloud: tenant?.cloud ?? 'public',
    audience: api === undefined ? '' : `${api.clientId} ${api.appIdUri}`,
  }
}

const source: KeySource = {
  label: 'Read the keys from this emulator',
  isFollowed: true,
  load: ({ tenant, cloud, appId }) => readKeys(clouds[cloud].loginHost, tenant.trim(), appId.trim()),
}

/** Where an API usually listens, when the emulator was told of none. */
const usual: LocalApi = { url: 'http://localhost:3000/orders' }

/** The portal of an emulator. */
export function EmulatorApp(): JSX.Element {
  const view = useView()
  const [status, setStatus] = useState<Status>()
  const [behind, setBehind] = useState(0)
  const [problem, setProblem] = useState('')
  const [message, setMessage] = useState('')
  const [inspected, setInspected] = useState<Inspected>({
    token: '',
    settings: noSettings,
    isFollowing: true,
  })

  const [playground, setPlayground] = useState({ ...emptyPlayground, apis: [usual] as readonly LocalApi[] })

  const refresh = useCallback(async (): Promise<void> => {
    const latest = await read<Status>('status')
    setStatus(latest)
    setBehind(latest.now - Date.now())
    setInspected((before) =>
      before.settings === noSettings ? { ...before, settings: settingsOf(latest) } : before,
    )
  }, [])
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const apis = await read<readonly LocalApi[]>('apis')
      if (apis.length > 0) setPlayground((before) => ({ ...before, apis }))
      await refresh()
    }
    begin().catch((error: unknown) => setProblem(error instanceof Error ? error.message : 'It failed.'))
  }, [refresh])

  useEffect(() => setMessage(''), [view])

  const now = useCallback(() => Date.now() + behind, [behind])
  const world = useMemo<World | undefined>(
    () =>
      status === undefined
        ? undefined
        : {
            status,
            now,
            refresh,
            inspect: (token, audience) => {
              setInspected({ token, settings: settingsOf(status, audience), isFollowing: true })
              show('inspector')
            },
            send: (kind, token) => {
              setPlayground((before) => ({ ...before, kind, token, answers: [], isWaiting: true }))
              show('playground')
            },
            firstApi: (playground.apis[0] ?? usual).url,
            announce: setMessage,
          },
    [status, now, refresh, playground.apis],
  )

  return (
    <Shell view={view} status={status} now={now} message={message}>
      {problem === '' ? undefined : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {world === undefined ? undefined : (
        <WorldContext.Provider value={world}>
          {view === 'tokens' ? <TokensView /> : undefined}
          {view === 'inspector' ? (
            <InspectorView inspected={inspected} onChange={setInspected} source={source} now={now} />
          ) : undefined}
          {view === 'playground' ? (
            <PlaygroundView playground={playground} onChange={setPlayground} />
          ) : undefined}
          {view === 'directory' ? <DirectoryView /> : undefined}
          {view === 'traffic' ? <TrafficView /> : undefined}
        </WorldContext.Provider>
      )}
    </Shell>
  )
}
