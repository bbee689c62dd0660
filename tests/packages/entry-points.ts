import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { parseSync } from 'vite'

/** What can be imported from a package. */
export interface EntryPoint {
  /** `@entraguard/core/explain`. */
  readonly name: string
  /** Where its declarations are, in the package. */
  readonly types: string
  /** Where its source is; not in a tarball. */
  readonly source: string | undefined
}

interface Conditions {
  readonly '@entraguard/source'?: string
  readonly types?: string
  /** Where a package is built as CommonJS, too. */
  readonly import?: { readonly types: string }
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | Conditions>>
}

export function entryPointsOf(packageFolder: string): readonly EntryPoint[] {
  const manifest = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as Manifest
  return Object.entries(manifest.exports).flatMap(([entry, targets]) => {
    if (typeof targets === 'string') return []
    const types = targets.types ?? targets.import?.types
    if (types === undefined) return []
    return [{ name: path.posix.join(manifest.name, entry), types, source: targets['@entraguard/source'] }]
  })
}

/** The names that a module exports, of source or of declarations: which exist at runtime, and which are types only. */
export interface Exports {
  readonly values: readonly string[]
  readonly types: readonly string[]
}

export function exportsOf(file: string): Exports {
  const values = new Set<string>()
  const types = new Set<string>()
  const declarations = file.endsWith('.d.ts')
  const visit = (module: string): void => {
    const { program, module: parsed } = parseSync(module, readFileSync(module, 'utf8'))
    const typeOnly = new Set(
      program.body.flatMap((statement) =>
        statement.type === 'ExportNamedDeclaration' && isType(statement.declaration?.type)
          ? [statement.start]
          : [],
      ),
    )
    for (const { start, entries } of parsed.staticExports) {
      for (const { exportName, isType: marked, moduleRequest, localName } of entries) {
        // What is declared right here says of itself whether it is a type; the parser takes all that is `declare`d for one.
        const isHere = moduleRequest === null && localName.name !== null && declarations
        const kind = (isHere ? typeOnly.has(start) : marked) ? types : values
        if (typeof exportName.name === 'string') kind.add(exportName.name)
        else if (moduleRequest) visit(resolveModule(module, moduleRequest.value, declarations))
      }
    }
  }
  visit(file)
  return { values: [...values].toSorted(), types: [...types].filter((name) => !values.has(name)).toSorted() }
}

const isType = (declaration: string | undefined): boolean =>
  declaration === 'TSInterfaceDeclaration' || declaration === 'TSTypeAliasDeclaration'

/** The file that an import of a source or of a declaration means. */
export function resolveModule(from: string, specifier: string, declarations: boolean): string {
  const target = path.join(path.dirname(from), specifier.replace(/\.[jt]s$/, declarations ? '.d.ts' : '.ts'))
  if (!existsSync(target)) throw new Error(`${from} names ${specifier}, and there is no ${target}`)
  return target
}

export const describeExports = (entries: readonly (readonly [name: string, exports: Exports])[]): string =>
  entries
    .map(([name, { values, types }]) =>
      [name, ...values.map((each) => `  ${each}`), ...types.map((each) => `  type ${each}`), ''].join('\n'),
    )
    .join('\n')
