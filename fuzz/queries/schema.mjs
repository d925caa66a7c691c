// What the server says of itself, and the values that its rows have.

const OF = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }'
const INTROSPECTION = `{
  __schema {
    queryType { name }
    types {
      kind name
      fields(includeDeprecated: true) { name type { ${OF} } args { name type { ${OF} } } }
      inputFields { name type { ${OF} } }
      enumValues(includeDeprecated: true) { name }
      possibleTypes { name }
    }
  }
}`

/** The types by name, and the name of the one that queries begin with. */
export async function introspect(ask) {
  const { __schema } = await ask(INTROSPECTION)
  const types = Object.fromEntries(__schema.types.map((type) => [type.name, type]))
  return { types, query: __schema.queryType.name }
}

/** The name of a type without what says list and not null. */
export function innermost(type) {
  return type.ofType ? innermost(type.ofType) : type.name
}

/** A type as a document writes it. */
export function written(type) {
  if (type.kind === 'NON_NULL') return `${written(type.ofType)}!`
  return type.kind === 'LIST' ? `[${written(type.ofType)}]` : type.name
}

/** Real values of each leaf, by the field's name: ids, codes, names, cursors; and by look-up and key, such as `ward.code`. */
export async function harvest({ types, query }, ask) {
  const values = {}
  const keep = (name, value) => {
    if (value !== null && !(values[name] ??= []).includes(value)) values[name].push(value)
  }
  const lists = types[query].fields.filter(({ type }) => innermost(type).endsWith('Connection'))
  for (const { name, type } of lists) {
    const row = types[innermost(types[innermost(type)].fields.find((field) => field.name === 'nodes').type)]
    const leaves = row.fields.filter((field) => !field.args.length && ['SCALAR', 'ENUM'].includes(types[innermost(field.type)].kind))
    const nodes = leaves.map((leaf) => leaf.name).join(' ')
    const data = await ask(`{ ${name}(first: 5) { edges { cursor node { ${nodes} } } } }`)
    for (const { cursor, node } of data[name].edges) {
      keep('cursor', cursor)
      for (const [leaf, value] of Object.entries(node)) {
        keep(leaf, value)
        keep(`${row.name[0].toLowerCase()}${row.name.slice(1)}.${leaf}`, value)
      }
    }
  }
  return values
}
