import { read } from './repository.ts'

const longest = 240
/** "Before." above an example is no description. */
const shortest = 25

/** Blocks that say nothing about a page: headings, code, tables, pictures, comments, tags, lists. */
const isNoSentence = (block: string): boolean => /^(?:#|```|\||!\[|<|[-*] |>|:::)/.test(block.trim())

/** What a paragraph says without its marks: links by their words, no code marks, no emphasis. */
const plain = (paragraph: string): string =>
  paragraph
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]|<[^>]+>/g, '')
    .replaceAll('"', "'") // it stands in an attribute
    .replaceAll(/\s+/g, ' ')
    .trim()

/** As many whole sentences as fit; of one that is too long itself, as many words. */
function shortened(text: string): string {
  const sentences = text.match(/.+?(?:[.:?!](?= |$)|$)/g) ?? []
  let kept = ''
  for (const sentence of sentences)
    if ((kept + sentence).length <= longest) kept += sentence
    else break
  if (kept !== '') return kept.trim().replace(/:$/, '.')
  return `${text.slice(0, longest).replace(/\s+\S*$/, '')} …`
}

/** What search engines and shared links say about a page: how its first paragraph begins. */
export function descriptionOf(file: string): string | undefined {
  const text = read(file).replaceAll(/^```[\s\S]*?^```$/gm, '')
  const paragraph = text.split(/\n{2,}/).find((block) => block.length >= shortest && !isNoSentence(block))
  return paragraph === undefined ? undefined : shortened(plain(paragraph))
}
