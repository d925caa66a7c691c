// `make bench-questions`: every single filter, order, grouping and statistic that the schema offers, asked of the nation's
// register on SQLite. antq alone, one request at a time, the cache off. What takes long is listed in docs/BENCHMARKS.md.
//
//   ONLY=TEXT   asks only questions with this in them, and prints how long each took

import { join } from 'node:path'
import { env } from 'node:process'

import { antq } from './contenders.mjs'
import { file } from './databases.mjs'
import { machine } from './machine.mjs'
import { serve } from './processes.mjs'
import { number, publish, table } from './report.mjs'
import { session } from './session.mjs'

/** Milliseconds within which everything should be answered. */
const GOAL = 300
/** How often each is asked, after one time to warm up. */
const TIMES = 3
/** Rows that are looked through for a value to ask for. */
const SAMPLES = 200

await session(async (folder) => {
  const database = await file(env.ANTQ_BIN, join(folder, 'nation.db'), 'nation')
  const { origin } = await serve(antq('antq-sqlite', database, 0), folder)
  const ask = asking(`${origin}/graphql`)
  const schema = await introspected(ask)
  const samples = await sampled(ask, schema)
  const results = []
  for (const question of questions(schema, samples)) {
    if (env.ONLY && !question.query.includes(env.ONLY)) continue
    results.push({ ...question, ms: await timed(ask, question.query) })
    if (results.length % 200 === 0) console.error(`${results.length} asked`)
  }
  if (env.ONLY) {
    console.log(table(['ms', 'asked'], results.map(({ ms, query }) => [number(ms), query])))
    return
  }
  publish('bench-questions', report(await machine(), results))
})

function asking(url) {
  return async (query) => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const { data, errors } = await response.json()
    if (response.status === 504) return data // it is shown as what took as long as a request may
    if (errors) throw new Error(`${query}\n${JSON.stringify(errors)}`)
    return data
  }
}

async function timed(ask, query) {
  const times = []
  for (let time = 0; time <= TIMES; time++) {
    const start = performance.now()
    await ask(query)
    times.push(performance.now() - start)
  }
  return times.slice(1).toSorted((a, b) => a - b)[Math.floor(TIMES / 2)]
}

/** The types of the schema by name, with their fields by name. */
async function introspected(ask) {
  const of = 'type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }'
  const { __schema: schema } = await ask(`{ __schema { types { name kind fields { name ${of} args { name type { name } } } inputFields { name ${of} } enumValues { name } } } }`)
  return Object.fromEntries(schema.types.map((type) => [type.name, type]))
}

function bare(type) {
  return type.ofType ? bare(type.ofType) : type
}

/** The root's lists: their names, and the types of their rows. */
function lists(schema) {
  return schema.Query.fields.flatMap(({ name, type }) => {
    const of = /^(.*)Connection$/.exec(bare(type).name)?.[1]
    return of ? [{ list: name, of }] : []
  })
}

/** For each type that has a list, a value of each of its columns that some row has one in. */
async function sampled(ask, schema) {
  const samples = {}
  for (const { list, of } of lists(schema)) {
    const columns = schema[of].fields.filter(({ type, args }) => ['SCALAR', 'ENUM'].includes(bare(type).kind) && args.length === 0)
    const { [list]: { nodes } } = await ask(`{ ${list}(first: ${SAMPLES}) { nodes { ${columns.map(({ name }) => name).join(' ')} } } }`)
    const middle = [...nodes.slice(nodes.length / 2), ...nodes]
    samples[of] = Object.fromEntries(columns.map(({ name }) => [name, middle.map((row) => row[name]).find((value) => value !== null)]))
  }
  return samples
}

function* questions(schema, samples) {
  for (const { list, of } of lists(schema)) {
    for (const [filter, text] of filters(schema, samples, of, 2)) {
      yield { kind: 'filter', of, text, query: `{ ${list}(filter: ${filter}) { totalCount nodes { id } } }` }
    }
    for (const order of orders(schema, `${of}Order`, 2)) {
      for (const direction of ['ASC', 'DESC']) {
        const [value, text] = order(direction)
        yield { kind: 'order', of, text, query: `{ ${list}(orderBy: [${value}]) { nodes { id } } }` }
      }
    }
    for (const { name } of schema[`${of}GroupBy`].enumValues) {
      yield { kind: 'group', of, text: name, query: `{ ${list} { groupBy(by: [${name}]) { totalCount nodes { count } } } }` }
    }
    for (const { name, type } of schema[`${of}Aggregate`].fields) {
      for (const said of schema[bare(type).name].fields ?? []) {
        const text = `${name}.${said.name}`
        yield { kind: 'statistic', of, text, query: `{ ${list} { aggregate { ${name} { ${said.name} } } } }` }
      }
    }
  }
}

/** The filters of a type with one condition each, through as many relations as `depth` says less one. */
function* filters(schema, samples, of, depth) {
  for (const { name, type } of schema[`${of}Filter`].inputFields) {
    if (['and', 'or', 'not'].includes(name)) continue
    const asked = bare(type).name
    const leadsTo = schema[of].fields.find((field) => field.name === name)
    const of_ = /^(.*)ListFilter$/.exec(asked)?.[1] ?? /^(.*)Filter$/.exec(asked)?.[1]
    if (asked.endsWith('ListFilter')) {
      yield [`{ ${name}: { count: { gt: 2 } } }`, `${name}.count.gt`]
      for (const which of ['some', 'every', 'none']) {
        if (depth > 1 && samples[of_]) {
          for (const [filter, text] of filters(schema, samples, of_, 1)) yield [`{ ${name}: { ${which}: ${filter} } }`, `${name}.${which}.${text}`]
        }
      }
    } else if (schema[`${of_}Connection`]) {
      if (depth > 1 && samples[of_]) {
        for (const [filter, text] of filters(schema, samples, of_, 1)) yield [`{ ${name}: ${filter} }`, `${name}.${text}`]
      }
    } else if (leadsTo && samples[of][name] !== undefined) {
      for (const { name: operator, type: takes } of schema[asked].inputFields) {
        yield [`{ ${name}: { ${operator}: ${operand(operator, samples[of][name], bare(takes).kind)} } }`, `${name}.${operator}`]
      }
    }
  }
}

function operand(operator, sample, kind) {
  const text = String(sample)
  const literal = (value) => (kind === 'ENUM' ? value : JSON.stringify(value))
  switch (operator) {
    case 'isNull': return 'false'
    case 'in': case 'nin': return `[${literal(sample)}]`
    case 'contains': return JSON.stringify(text.slice(Math.floor(text.length / 3)).slice(0, 4))
    case 'startsWith': return JSON.stringify(text.slice(0, 4))
    case 'endsWith': return JSON.stringify(text.slice(-4))
    case 'matches': return JSON.stringify(text.split(/[^\p{L}\d]+/u).filter(Boolean).slice(-2).join(' '))
    default: return literal(sample)
  }
}

function* orders(schema, name, depth) {
  for (const field of schema[name].inputFields) {
    const of = bare(field.type).name
    if (of === 'SortOrder') {
      yield (direction) => [`{ ${field.name}: { direction: ${direction} } }`, `${field.name} ${direction}`]
    } else if (depth > 1) {
      for (const order of orders(schema, of, 1)) {
        yield (direction) => {
          const [value, text] = order(direction)
          return [`{ ${field.name}: ${value} }`, `${field.name}.${text}`]
        }
      }
    }
  }
}

function report(about, results) {
  const kinds = ['filter', 'order', 'group', 'statistic'].map((kind) => {
    const times = results.filter((result) => result.kind === kind).map(({ ms }) => ms).toSorted((a, b) => a - b)
    const at = (part) => number(times[Math.floor((times.length - 1) * part)])
    return [kind, times.length, at(0.5), at(0.99), at(1), times.filter((ms) => ms > GOAL).length]
  })
  const slow = results.filter(({ ms }) => ms > GOAL).toSorted((a, b) => b.ms - a.ms)
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: each once to warm up and ${TIMES} times, one client, the cache off; the median. 300,688 members.`,
    table(['', ''], about),
    table(['single', 'asked', 'median, ms', '99 %, ms', 'slowest, ms', `above ${GOAL} ms`], kinds),
    slow.length ? table(['above the goal', 'of', 'ms'], slow.map(({ kind, of, text, ms }) => [`${kind} \`${text}\``, of, number(ms)])) : 'None takes longer than the goal.',
  ].join('\n\n')
}
