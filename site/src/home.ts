/** What the home page shows above the README of the repository. */
export const home = {
  layout: 'home',
  hero: {
    name: 'Entraguard',
    text: 'Microsoft Entra ID access tokens in any TypeScript API',
    tagline: 'No service to run, no account needed to try it. Node, Bun, Deno and the edge.',
    actions: [
      { theme: 'brand', text: 'Start in two minutes', link: '#quick-start' },
      { theme: 'alt', text: 'How a token flows', link: '/overview' },
      { theme: 'alt', text: 'Why is my token refused?', link: '/troubleshooting' },
    ],
  },
  features: [
    {
      title: 'NestJS',
      details: 'A module, a global guard and decorators, for version 11 and 12.',
      link: '/packages/nestjs',
    },
    {
      title: 'Hono',
      details: 'A middleware; the route gets the identity with its type, on every runtime.',
      link: '/packages/hono',
    },
    {
      title: 'Next.js',
      details: 'Wrappers for route handlers and the pages API, from 15.2.3 on.',
      link: '/packages/next',
    },
    {
      title: 'No framework',
      details: 'Core alone, for Node, Express, an MCP server or a Worker.',
      link: '/without-an-adapter',
    },
    {
      title: 'Tests without Azure',
      details: 'A local Entra ID that issues real signed tokens.',
      link: '/testing',
    },
    {
      title: 'Every refusal has a page',
      details: 'A stable code, what happened, why, and what to do.',
      link: '/errors/',
    },
  ],
}
