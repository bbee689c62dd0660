/** Where Nest keeps that a method is a route, a message handler or a resolver. */
const messageKey = 'microservices:handler_type'
export const isMessage = (handler: object): boolean => Reflect.hasMetadata(messageKey, handler)

const entryKeys = [
  'path',
  messageKey,
  'websockets:message_mapping',
  'graphql:resolver_type',
  'graphql:resolve_property',
  'graphql:resolve_reference',
]
export const isEntry = (handler: object): boolean =>
  entryKeys.some((key) => Reflect.hasMetadata(key, handler))

export const isGateway = (target: object): boolean => Reflect.hasMetadata('websockets:is_gateway', target)
