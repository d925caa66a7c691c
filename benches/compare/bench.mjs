// `make bench`: every contender on the nation's register, one after the other, query by query.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { CONTENDERS, request, servers } from './contenders.mjs'
import { databases } from './databases.mjs'
import { goals } from './goals.mjs'
import { ROUNDS, SECONDS, measure, median } from './load.mjs'
import { machine, peers, services } from './machine.mjs'
import { peakMemory, serve } from './processes.mjs'
import { QUERIES, ask, objects, same } from './queries.mjs'
import { number, publish, table } from './report.mjs'
import { session } from './session.mjs'

const CONNECTIONS = 8

await session(async (folder) => {
  const about = [...(await machine()), ...(await services()), ...(await peers())]
  const data = await databases(process.env.ANTQ_BIN, folder, 'nation')
  const started = {}
  for (const spec of servers(data)) started[spec.name] = await serve(spec, folder)
  const answers = await check(started, folder)
  const results = []
  for (const query of QUERIES) results.push(await compare(answers[query]))
  const memory = Object.values(started).map(({ name, pid }) => [name, number(peakMemory(pid))])
  publish('bench', report(about, answers, results, memory))
})

/** Puts every query to every contender before any time is taken: all must answer with the same data. */
async function check(started, folder) {
  const answers = {}
  for (const query of QUERIES) {
    answers[query] = []
    for (const contender of CONTENDERS) {
      const { origin } = started[contender.server ?? contender.key]
      const { url, body } = request(contender, query, origin)
      const answer = await ask(url, body)
      const [first = { ...contender, ...answer }] = answers[query]
      same(query, [first.title, first.data], [contender.title, answer.data])
      const bodyFile = body && join(folder, `${contender.key}-${query}.json`)
      if (body) writeFileSync(bodyFile, body)
      answers[query].push({ ...contender, ...answer, url, bodyFile })
    }
    console.error(`${query}: ${CONTENDERS.length} contenders, the same ${objects(answers[query][0].data)} objects`)
  }
  return answers
}

/** One query: the contenders take turns, so that what else the machine does meets all of them. */
async function compare(contenders) {
  const runs = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const result = await measure(contender, CONNECTIONS)
      console.error(`${contender.url}  ${contender.title}: ${number(result.rate)}/s`)
      ;(runs[contender.key] ??= []).push(result)
    }
  }
  return Object.fromEntries(Object.entries(runs).map(([key, of]) => [key, median(of)]))
}

function report(about, answers, results, memory) {
  const first = QUERIES.map((query) => answers[query][0])
  const by = (cell) => CONTENDERS.map(({ key, title }) => [title, ...results.map((result) => cell(result[key]))])
  const settings = `${ROUNDS} rounds of ${SECONDS} s each, ${CONNECTIONS} connections, 2 threads of wrk`
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${settings}. The median round.`,
    table(['', ''], about),
    '### Goals',
    table(['ratio', ...QUERIES, 'goal', ''], goals(results, CONTENDERS)),
    '### Requests a second',
    table(['', ...QUERIES], [
      ['*objects in an answer*', ...first.map(({ data }) => objects(data).toLocaleString('en'))],
      ['*bytes*', ...first.map(({ bytes }) => bytes.toLocaleString('en'))],
      ...by(({ rate }) => number(rate)),
    ]),
    '### Latency, p50 / p99 in milliseconds',
    table(['', ...QUERIES], by(({ p50, p99 }) => `${number(p50)} / ${number(p99)}`)),
    '### Peak memory, MiB',
    table(['server', 'peak'], memory),
  ].join('\n\n')
}
