import { workAsyncStorage, type WorkStore } from 'next/dist/server/app-render/work-async-storage.external.js'
import {
  workUnitAsyncStorage,
  type RequestStore,
} from 'next/dist/server/app-render/work-unit-async-storage.external.js'

/** Inside of what Next keeps of a request while it renders, as far as `headers()`, `connection()` and `after()` read it. */
export async function duringRequest<T>(
  page: { readonly afterContext?: { after(task: Promise<unknown>): void } },
  headers: Record<string, string>,
  work: () => Promise<T>,
): Promise<T> {
  const store = { route: '/page', ...page } as unknown as WorkStore
  const request = {
    type: 'request',
    phase: 'render',
    headers: new Headers(headers),
  } as unknown as RequestStore
  return await workAsyncStorage.run(store, async () => workUnitAsyncStorage.run(request, work))
}
