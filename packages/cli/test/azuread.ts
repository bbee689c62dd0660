import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { parse } from '@cdktf/hcl2json'

/** As much of the description of the provider's resources as is read: made of the provider's own schema. */
interface Schema {
  readonly types: Readonly<Record<string, { readonly properties?: readonly Property[] }>>
}

interface Property {
  readonly name: string
  readonly optional?: true
  readonly type: Type
}

interface Type {
  readonly primitive?: 'string' | 'number' | 'boolean'
  readonly fqn?: string
  readonly collection?: { readonly elementtype: Type }
  readonly union?: { readonly types: readonly Type[] }
}

type Block = Readonly<Record<string, unknown>>
type Resources = Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>

const provider = '@cdktf/provider-azuread'
const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve(`${provider}/.jsii`), 'utf8'),
) as Schema

const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const pascal = (name: string): string => camel(`_${name}`)
const propertiesOf = (fqn: string | undefined): readonly Property[] =>
  fqn === undefined ? [] : (schema.types[fqn]?.properties ?? [])

/** `azuread_application` is described in `application.ApplicationConfig`, and what it gives in `application.Application`. */
function named(resource: string, suffix: string): string {
  const name = resource.replace(/^azuread_/, '')
  return `${provider}.${camel(name)}.${pascal(name)}${suffix}`
}

/**
 * What Terraform and the provider azuread would find wrong with a file: what HashiCorp's parser does not read, resources,
 * blocks and arguments that the provider does not have, values of another type, required ones that are not there, and
 * references to what nobody declares.
 */
export async function faultsOf(text: string): Promise<readonly string[]> {
  const file = (await parse('api.tf', text)) as { readonly resource: Resources }
  const faults: string[] = []
  for (const [resource, instances] of Object.entries(file.resource))
    for (const [label, [block = {}]] of Object.entries(instances)) {
      const { lifecycle, ...declared } = block
      const config = named(resource, 'Config')
      faults.push(
        ...blockFaults(declared, config, `${resource}.${label}`),
        ...ignoredFaults(lifecycle, config),
      )
    }
  for (const [, resource = '', label = '', attribute = ''] of text.matchAll(
    /\b(azuread_\w+)\.(\w+)\.(\w+)/g,
  )) {
    const given = propertiesOf(named(resource, '')).some(({ name }) => name === camel(attribute))
    if (!given || file.resource[resource]?.[label] === undefined)
      faults.push(`nobody gives ${resource}.${label}.${attribute}`)
  }
  return faults
}

function blockFaults(block: Block, fqn: string, where: string): readonly string[] {
  const properties = propertiesOf(fqn)
  if (properties.length === 0) return [`${where} is not known`]
  const faults = properties
    .filter(
      ({ name, optional }) => optional !== true && !Object.keys(block).some((key) => camel(key) === name),
    )
    .map(({ name }) => `${where} lacks ${name}`)
  for (const [key, value] of Object.entries(block)) {
    const property = properties.find(({ name }) => name === camel(key))
    const at = `${where}.${key}`
    faults.push(...(property === undefined ? [`${at} is not known`] : valueFaults(value, property.type, at)))
  }
  return faults
}

function valueFaults(value: unknown, type: Type, where: string): readonly string[] {
  const { primitive, fqn, collection, union } = type
  if (union !== undefined) {
    const real = union.types.find((each) => each.fqn !== 'cdktf.IResolvable')
    return valueFaults(value, real ?? {}, where)
  }
  if (primitive !== undefined) return typeof value === primitive ? [] : [`${where} is no ${primitive}`]
  if (!Array.isArray(value)) return [`${where} is no list and no block`]
  const element = collection?.elementtype ?? (fqn === undefined ? {} : { fqn })
  const blocks: readonly unknown[] = value
  if (collection === undefined && blocks.length !== 1) return [`${where} is there ${blocks.length} times`]
  return blocks.flatMap((each) =>
    element.fqn === undefined
      ? valueFaults(each, element, where)
      : blockFaults(Object(each) as Block, element.fqn, where),
  )
}

/** `lifecycle` is Terraform's own: here with `ignore_changes`, which names arguments of the resource. */
function ignoredFaults(lifecycle: unknown, config: string): readonly string[] {
  if (lifecycle === undefined) return []
  const [{ ignore_changes: ignored = [], ...others }] = lifecycle as readonly [
    { readonly ignore_changes?: readonly string[] },
  ]
  return [
    ...Object.keys(others).map((name) => `lifecycle.${name} is not known here`),
    ...ignored
      .map((reference) => reference.replace(/^\$\{(\w+)\}$/, '$1'))
      .filter((argument) => !propertiesOf(config).some(({ name }) => name === camel(argument)))
      .map((argument) => `lifecycle.ignore_changes: ${argument} is no argument`),
  ]
}
