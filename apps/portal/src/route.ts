import { useEffect, useState } from 'preact/hooks'

export const views = ['tokens', 'inspector', 'playground', 'directory', 'traffic'] as const

export type View = (typeof views)[number]

const isView = (name: string): name is View => views.some((view) => view === name)

const current = (): View => {
  const name = location.hash.replace(/^#\/?/, '')
  return isView(name) ? name : 'tokens'
}

/** The view that the address names. No token is ever part of it. */
export function useView(): View {
  const [view, setView] = useState(current)
  useEffect(() => {
    const follow = (): void => setView(current())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return view
}

export const show = (view: View): void => {
  location.hash = `/${view}`
}
