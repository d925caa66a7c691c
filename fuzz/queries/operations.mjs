// Operations made up by chance: most of them valid, some a little wrong.

import { innermost, written } from './schema.mjs'
import { Variable, literal } from './values.mjs'

const LEAVES = ['SCALAR', 'ENUM']
const ABSTRACT = ['INTERFACE', 'UNION']
/** Makes a question one that no plan is made of, and adds nothing to the answer but itself. */
const BESIDE = '__schema { queryType { name } }'
const TOKENS = ['{', '}', '(', ')', '[', ']', ':', '$', '@', '!', '...', '"', '"""', '#', '\\u0000', 'null', 'on', 'fragment', '@skip(if: true)', '\ufeff', 'é', '-']

/** A request: a document, its variables, and the same question asked so that it is answered without a plan. */
export function operation(any, schema, values) {
  const made = new Operation(any, schema, values)
  const fields = made.selection(schema.query, any.number(1, 7))
  const declared = made.declared.length ? `(${made.declared.join(', ')})` : ''
  const document = (fields) => [`query Q${declared} { ${fields} }`, ...made.fragments].join('\n')
  const query = document(fields)
  const variables = any.may(0.02) ? { ...made.variables, surplus: 1 } : made.variables
  if (any.may(0.12)) return { query: damaged(any, query), variables }
  return { query, variables, beside: document(`${fields} ${BESIDE}`) }
}

class Operation {
  constructor(any, schema, values) {
    Object.assign(this, { any, schema, values, declared: [], variables: {}, fragments: [], aliases: 0 })
  }

  /** What is selected of a type, as a text without the brackets around it. */
  selection(name, depth) {
    const { any } = this
    const type = this.schema.types[name]
    if (ABSTRACT.includes(type.kind)) return this.ofAbstract(type, depth)
    const fields = type.fields.filter((field) => depth > 1 || this.isLeaf(field))
    const chosen = fields.length ? any.some(fields, any.one([1, 2, 3, 6])) : []
    const parts = chosen.map((field) => this.field(field, depth))
    if (any.may(0.1) || !parts.length) parts.push('__typename')
    if (any.may(0.05)) parts.push(`... on ${name} { ${this.selection(name, depth - 1)} }`)
    if (any.may(0.05) && this.fragments.length < 5) parts.push(this.fragment(name, depth))
    if (any.may(0.03)) parts.push(any.one(parts))
    return parts.join(' ')
  }

  ofAbstract(type, depth) {
    const { any } = this
    const parts = any.some(type.possibleTypes, 3).map(({ name }) => `... on ${name} { ${this.selection(name, depth - 1)} }`)
    if (type.fields && any.may(0.5)) parts.push(...any.some(type.fields.filter((field) => this.isLeaf(field)), 2).map(({ name }) => name))
    if (any.may(0.5)) parts.unshift('__typename')
    return parts.join(' ')
  }

  isLeaf(field) {
    return LEAVES.includes(this.schema.types[innermost(field.type)].kind)
  }

  field(field, depth) {
    const { any } = this
    const alias = any.may(0.1) ? `a${this.aliases++}: ` : ''
    const must = (argument) => argument.type.kind === 'NON_NULL'
    // Not both ends of a page, as a rule; and a size more often than not, so that answers stay small.
    const given = field.args.filter((argument) => {
      if (must(argument)) return !any.may(0.01)
      if (argument.name === 'first') return any.may(0.7)
      return any.may({ last: 0.05, after: 0.1, before: 0.05, filter: 0.35, orderBy: 0.25 }[argument.name] ?? 0.4)
    })
    const args = given.map((argument) => `${argument.name}: ${literal(this.argument(field, argument))}`)
    const directive = any.may(0.04) ? ` @${any.one(['include', 'skip'])}(if: ${literal(this.perhapsVariable(any.may(0.7), { kind: 'NON_NULL', ofType: { kind: 'SCALAR', name: 'Boolean' } }))})` : ''
    const below = this.isLeaf(field) ? '' : ` { ${this.selection(innermost(field.type), depth - 1)} }`
    return `${alias}${field.name}${args.length ? `(${args.join(', ')})` : ''}${directive}${below}`
  }

  argument(field, { name, type }) {
    return this.perhapsVariable(this.values.of(this.any, type, `${field.name}.${name}`), type)
  }

  /** The value, or a variable that has it: of the right type, mostly, and given, mostly. */
  perhapsVariable(value, type) {
    const { any } = this
    if (!any.may(0.15)) return value
    const name = `v${this.declared.length}`
    const declared = any.may(0.05) ? any.one(['Int', 'String!', '[ID!]', 'Boolean', 'NoSuchType']) : written(type)
    const hasDefault = any.may(0.1)
    this.declared.push(`$${name}: ${declared}${hasDefault ? ` = ${literal(value)}` : ''}`)
    if (!hasDefault && !any.may(0.03)) this.variables[name] = any.may(0.05) ? this.values.wrong(any) : value
    return new Variable(name)
  }

  fragment(type, depth) {
    const name = `F${this.fragments.length}`
    // Its place is taken before what it may hold is made.
    const index = this.fragments.push('') - 1
    this.fragments[index] = `fragment ${name} on ${type} { ${this.selection(type, depth - 1)} }`
    return `...${name}`
  }
}

/** A document with one to three places where it is wrong. */
function damaged(any, query) {
  let text = query
  for (let times = any.number(1, 3); times > 0; times--) {
    const at = any.number(0, text.length)
    const cut = any.one([0, 0, 1, 1, 5, 40])
    text = text.slice(0, at) + (any.may(0.7) ? any.one(TOKENS) : '') + text.slice(at + cut)
  }
  return text
}
