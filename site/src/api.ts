import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'

import { Application, Converter, ReflectionKind, type ProjectReflection } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'

import { generated } from './pages.ts'
import { manifestOf, repositoryUrl, root } from './repository.ts'

const sourceCondition = '@entraguard/source'

/** The entry points of all packages: what a user imports, and the source file behind it. */
export function entryPoints(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const folder of readdirSync(path.join(root, 'packages')).toSorted()) {
    const { name, exports } = manifestOf(folder)
    for (const [subpath, conditions] of Object.entries(exports)) {
      if (typeof conditions !== 'object' || conditions === null) continue
      const source: unknown = Object.entries(conditions).find(([key]) => key === sourceCondition)?.[1]
      if (typeof source === 'string')
        found.set(path.posix.join(name, subpath), path.posix.join('packages', folder, source))
    }
  }
  return found
}

/** typedoc keeps the type of `@throws {TypeError}` to itself. */
function nameThrownTypes(project: ProjectReflection): void {
  for (const { comment } of Object.values(project.reflections))
    for (const tag of comment?.blockTags ?? [])
      if (tag.tag === '@throws' && tag.typeAnnotation !== undefined) {
        tag.content.unshift({ kind: 'code', text: tag.typeAnnotation.replace(/^\{(.*)\}$/s, '`$1` ') })
        delete tag.typeAnnotation
      }
}

/** Writes the reference of every exported name. A warning is an error: a link that leads nowhere, a name without text. */
export async function writeApi(): Promise<void> {
  const out = path.join(root, generated, 'api')
  rmSync(path.join(root, generated), { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const points = entryPoints()
  const nameOf = new Map([...points].map(([name, file]) => [path.join(root, file), name]))

  const markdown: Partial<PluginOptions> & { router: string } = {
    router: 'member',
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    pageTitleTemplates: { index: 'API', module: '{name}', member: '{name}' },
    parametersFormat: 'table',
    interfacePropertiesFormat: 'list',
    useCodeBlocks: true,
  }
  const app = await Application.bootstrapWithPlugins({
    ...markdown,
    name: 'Entraguard',
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: [...points.values()].map((file) => path.join(root, file)),
    tsconfig: path.join(root, 'site/tsconfig.api.json'),
    out,
    logLevel: 'Warn',
    readme: 'none',
    disableGit: true,
    basePath: root,
    displayBasePath: root,
    gitRevision: 'main',
    sourceLinkTemplate: `${repositoryUrl}/blob/main/{path}#L{line}`,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    // What is imported has a text. Members whose name and type say it all may go without.
    requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
    packagesRequiringDocumentation: readdirSync(path.join(root, 'packages')).map(
      (folder) => manifestOf(folder).name,
    ),
    validation: {
      notExported: true,
      invalidLink: true,
      invalidPath: true,
      notDocumented: true,
      rewrittenLink: true,
      unusedMergeModuleWith: true,
    },
  })
  // Modules are called what a user imports.
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName
    reflection.name = nameOf.get(path.normalize(file ?? '')) ?? reflection.name
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc could not read the packages')
  nameThrownTypes(project)
  app.validate(project)
  await app.generateOutputs(project)
  const { warningCount, errorCount } = app.logger
  if (warningCount + errorCount > 0) throw new Error('typedoc has warnings, see above')
}
