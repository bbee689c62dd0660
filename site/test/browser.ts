import type { Page } from 'playwright-core'

/** Writes down what must not happen on a page: errors, answers that are none, requests to another host. */
export function watch(page: Page, site: string): string[] {
  const problems: string[] = []
  const note = (problem: string): void => {
    problems.push(`${new URL(page.url()).pathname}: ${problem}`)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(message.text())
  })
  page.on('pageerror', (error) => {
    note(String(error))
  })
  page.on('response', (response) => {
    if (response.status() >= 400) note(`${response.status()} for ${response.url()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(site) && !request.url().startsWith('data:'))
      note(`request to ${request.url()}`)
  })
  return problems
}
