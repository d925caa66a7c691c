// `make bench-growth`: what ten times the nation costs. antq alone, one connection, the cache off.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { antq } from './contenders.mjs'
import { databases } from './databases.mjs'
import { ROUNDS, SECONDS, measure, median } from './load.mjs'
import { machine, services } from './machine.mjs'
import { serve } from './processes.mjs'
import { QUERIES, ask, graphql } from './queries.mjs'
import { number, publish, table } from './report.mjs'
import { session } from './session.mjs'

const SCALES = { nation: 'nation', tenfold: '10' }
const ENGINES = { postgres: 'PostgreSQL', sqlite: 'SQLite' }
const PAGES = ['first page', 'page in the middle', 'last page']

await session(async (folder) => {
  const about = [...(await machine()), ...(await services())]
  const servers = []
  for (const [scale, demo] of Object.entries(SCALES)) {
    const data = await databases(process.env.ANTQ_BIN, folder, demo)
    for (const engine of Object.keys(ENGINES)) {
      servers.push({ engine, scale, ...(await serve(antq(`${engine}-${scale}`, data[engine], 0), folder)) })
    }
  }
  for (const server of servers) server.requests = await requests(server, folder)
  const results = []
  for (const name of [...QUERIES, ...PAGES]) results.push({ name, ...(await compare(name, servers)) })
  publish('bench-growth', report(about, servers, results))
})

/** What a server is asked, by name. */
async function requests({ name, origin }, folder) {
  const url = `${origin}/graphql`
  // Pages of 20, which are full in both: the answers are about as long.
  const queries = Object.fromEntries(QUERIES.map((query) => [query, graphql(query, 'antq').replaceAll('first: 100', 'first: 20')]))
  const made = {}
  for (const [title, query] of Object.entries({ ...queries, ...(await pages(url)) })) {
    const body = JSON.stringify({ query })
    const bodyFile = join(folder, `${name}-${title}.json`)
    writeFileSync(bodyFile, body)
    made[title] = { url, bodyFile, bytes: (await ask(url, body)).bytes }
  }
  return made
}

/** Pages of 100 members at three places of the list. A cursor is good for every list of its type, so a team's leads there. */
async function pages(url) {
  const count = await ask(url, JSON.stringify({ query: '{ members { totalCount } }' }))
  const id = Buffer.from(`member:${Math.floor(count.data.members / 2)}`).toString('base64url')
  const query = `{ node(id: "${id}") { ... on Member { team { members(last: 1) { edges { cursor } } } } } }`
  const { cursor } = (await ask(url, JSON.stringify({ query }))).data.node.team.members.edges[0]
  return Object.fromEntries(['first: 100', `first: 100, after: "${cursor}"`, 'last: 100'].map((page, place) => {
    return [PAGES[place], `{ members(${page}) { nodes { fullName role joinedOn } pageInfo { hasNextPage } } }`]
  }))
}

async function compare(name, servers) {
  const runs = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const { engine, scale, requests } of servers) {
      const result = await measure(requests[name], 1)
      console.error(`${name}  ${ENGINES[engine]}, ${scale}: ${number(result.p50)} ms`)
      ;((runs[engine] ??= {})[scale] ??= []).push(result)
    }
  }
  return Object.fromEntries(Object.entries(runs).map(([engine, of]) => {
    return [engine, { nation: median(of.nation).p50, tenfold: median(of.tenfold).p50 }]
  }))
}

function report(about, servers, results) {
  const sections = Object.entries(ENGINES).flatMap(([engine, title]) => {
    const [nation, tenfold] = servers.filter((server) => server.engine === engine)
    const rows = results.map(({ name, [engine]: time }) => {
      const answer = tenfold.requests[name].bytes / nation.requests[name].bytes
      return [name, ...[time.nation, time.tenfold, time.tenfold / time.nation, answer].map(number)]
    })
    const time = Object.fromEntries(results.map((result) => [result.name, result[engine]]))
    const [first, ...others] = PAGES
    const places = others.map((page) => {
      return [`${page} ÷ ${first}`, ...Object.keys(SCALES).map((scale) => number(time[page][scale] / time[first][scale]))]
    })
    return [
      `### ${title}`,
      table(['', 'nation, ms', 'ten times, ms', 'time ×', 'answer ×'], rows),
      table(['members, 100 a page', 'nation', 'ten times'], places),
    ]
  })
  const settings = `${ROUNDS} rounds of ${SECONDS} s each, 1 connection, the cache off`
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${settings}. The median latency of the median round.`,
    table(['', ''], about),
    ...sections,
  ].join('\n\n')
}
