/** What the home page shows above the README of the repository. */
export const home = {
  layout: 'home',
  hero: {
    name: 'Entraguard',
    text: 'Microsoft Entra ID access tokens in any TypeScript API',
    tagline: 'Your handler gets a typed identity. Everyone else gets a refusal that says why.',
    actions: [
      { theme: 'brand', text: 'Start in two minutes', link: '/start' },
      { theme: 'alt', text: 'How a token flows', link: '/how-a-token-flows' },
      { theme: 'alt', text: 'Why is my token refused?', link: '/troubleshooting' },
    ],
  },
}
