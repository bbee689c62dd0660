import type { JSX } from 'preact'

const ids = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i

/** Text in which a GUID begins a line of its own rather than being broken; an address may break behind a slash. */
export function Whole({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text.split(ids).map((part, index) =>
        index % 2 === 1 ? (
          <span key={index} class="whole">
            {part}
          </span>
        ) : (
          part.split(/(?<=\/)/).map((piece, at) => (
            <span key={`${index} ${at}`}>
              {piece}
              <wbr />
            </span>
          ))
        ),
      )}
    </>
  )
}
