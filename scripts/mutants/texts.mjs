/*
 * What Stryker must not mutate: sentences for people, and what the compiler refuses already. No rule is in them.
 *
 * - What a TypeError says, and what a function called a problem returns for it. That it is thrown, and when, is mutated.
 * - What a refusal carries beside its code: `details` and `cause` are for logs, and tests of their own hold what may be
 *   in them. `hint` and `message` of the catalogue: every one is read by a test that compares the error pages.
 * - The code of an EntraGuardError and the text in `typeof x === '…'`: another text than the right ones does not compile.
 */
const texts = new Set(['hint', 'message', 'details', 'description'])
const errors = new Set(['TypeError', 'RangeError', 'Error'])

/** They make an error of one of the two kinds, of a code or a name, and of what it says. */
const makers = new Set(
  (
    'missing invalid refusal outOfTime keyRefused keyNotFound unavailable malformed invalidProof fault ' +
    'unknownAuthority loggable'
  ).split(' '),
)

/** Their argument that is for a developer alone: what the options are, and whose ids are to be written. */
const told = { rejectUnknown: 0, flag: 0, readGuids: 1 }

/** Members whose type is a union of texts: no other text compiles, neither as their value nor compared with them. */
const unions = new Set(['kind'])

const isTypeof = (node) => node?.type === 'UnaryExpression' && node.operator === 'typeof'
const isOfUnion = (node) => node?.type === 'MemberExpression' && unions.has(node.property.name)
const isRefusal = (node) => node.type === 'NewExpression' && node.callee.name === 'EntraGuardError'

/** A sentence that says what is wrong with an option: a function called a problem returns it, and any text means that there is one. */
function isProblem(path) {
  const { node, key } = path
  const isSentence =
    node.type === 'StringLiteral' ? node.value.includes(' ') : node.type === 'TemplateLiteral'
  if (!isSentence || !['argument', 'consequent', 'alternate', 'body'].includes(key)) return false
  const around = path.getFunctionParent()
  return (
    around?.node.id?.name.endsWith('Problem') === true ||
    (around?.listKey === 'arguments' && around.parent.callee.name === 'readTexts')
  )
}

function reasonFor(path) {
  const { node, parent, key, listKey } = path
  if (parent === undefined || parent === null) return undefined
  if (isProblem(path)) return 'what is wrong with an option'
  if (parent.type === 'NewExpression' && listKey === 'arguments' && errors.has(parent.callee.name)) {
    return 'what an error for a developer says'
  }
  if (isRefusal(parent) && listKey === 'arguments' && key > 0) return 'what a refusal carries for logs'
  if (parent.type === 'ObjectProperty' && key === 'value' && texts.has(parent.key.name)) {
    return 'what a refusal says'
  }
  if (parent.type === 'CallExpression' && listKey === 'arguments' && makers.has(parent.callee.name)) {
    if (node.type !== 'ConditionalExpression') return 'what a refusal carries for logs'
  }
  if (parent.type === 'CallExpression' && told[parent.callee.name] === key) {
    return 'what an error for a developer says'
  }
  if (node.type !== 'StringLiteral') return undefined
  if (isRefusal(parent)) return 'a code: does not compile'
  if (parent.type === 'ObjectProperty' && key === 'value' && unions.has(parent.key.name)) {
    return 'one of a union: does not compile'
  }
  if (parent.type === 'BinaryExpression' && (isOfUnion(parent.left) || isOfUnion(parent.right))) {
    return 'one of a union: does not compile'
  }
  if (parent.type === 'BinaryExpression' && (isTypeof(parent.left) || isTypeof(parent.right))) {
    return 'the name of a type: does not compile'
  }
  return undefined
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'texts', value: { shouldIgnore: reasonFor } }]
