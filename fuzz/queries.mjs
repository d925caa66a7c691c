// `make fuzz-queries`: queries made up from the schema, most of them valid, against a server of their own. None may get a 5xx, an
// internal text or another answer without a plan; none may take too long, end the server, or have it grow without bound.
//
//   ANTQ_BIN   the server
//   DATABASE   the URL of an empty database, in place of an SQLite file of its own:
//              tests/with-postgres.sh sh -c 'DATABASE=$ANTQ_TEST_DATABASE_URL node fuzz/queries.mjs'
//   SECONDS    how long, by default 60
//   SEED       begins the numbers; by default the time. The same seed asks the same, one after the other.
//   WITHIN     seconds that an answer may take, by default 10
//   MEMORY     mebibytes that the server may have at most, by default 1,024

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'

import { peakMemory, run, serve, stopAll } from '../benches/compare/processes.mjs'
import { Wrong, judge, judgeTable, same } from './queries/judge.mjs'
import { operation } from './queries/operations.mjs'
import { chance } from './queries/random.mjs'
import { harvest, introspect } from './queries/schema.mjs'
import { Values } from './queries/values.mjs'

const SECONDS = Number(env.SECONDS ?? 60)
const SEED = Number(env.SEED ?? Date.now() % 2 ** 32)
const WITHIN = Number(env.WITHIN ?? 10)
const MEMORY = Number(env.MEMORY ?? 1_024)
const FORMATS = ['csv', 'ndjson', 'xlsx']
const JSON_BODY = { 'content-type': 'application/json' }
/** Requests between two looks at the server. */
const ROUND = 100
/** Lines of its log that are shown when something is wrong. */
const LINES = 20

const folder = mkdtempSync(join(tmpdir(), 'antq-fuzz.'))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => clean().finally(() => process.exit(1)))
try {
  await fuzz(await started())
} catch (error) {
  console.error(`${error.message}\n${log().split('\n').slice(0, LINES).join('\n')}`)
  process.exitCode = 1
} finally {
  await clean()
}

/** What the server said of itself, where it said anything but where it is. */
function log() {
  const file = join(folder, 'antq.log')
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/^ANTQ Graph is on .*\n/, '') : ''
}

async function clean() {
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
}

/** A server over a demo of its own. */
async function started() {
  const database = env.DATABASE ?? `sqlite://${join(folder, 'antq.db')}`
  for (const command of ['migrate', 'load', 'demo']) await run(env.ANTQ_BIN, [command, '--database-url', database])
  const args = (port) => ['serve', '--log', 'error', '--listen', `127.0.0.1:${port}`, '--database-url', database]
  return serve({ name: 'antq', program: env.ANTQ_BIN, args, env: () => ({ ANTQ_REQUEST_TIMEOUT: WITHIN, ANTQ_BUDGET_ANONYMOUS: 0, ANTQ_ANONYMOUS_SCOPES: 'members:read,registry:write' }) }, folder)
}

async function fuzz({ origin, pid }) {
  const ask = async (query) => {
    const { data, errors } = JSON.parse((await send(origin, { query }, chance(0))).text)
    if (errors) throw new Error(`${query}\n${JSON.stringify(errors)}`)
    return data
  }
  const schema = await introspect(ask)
  const values = new Values(schema.types, await harvest(schema, ask))
  const counts = { asked: 0, answered: 0, alike: 0, tables: 0, refused: {}, longest: 0 }
  console.error(`Asking for ${SECONDS} s from the seed ${SEED}`)
  const end = Date.now() + SECONDS * 1_000
  for (let seed = SEED; Date.now() < end; seed++) {
    await one(origin, chance(seed), schema, values, counts).catch((error) => {
      throw new Error(`The answer to what the seed ${seed} asks ${error.message}`)
    })
    if (counts.asked % ROUND === 0) await alive(origin, pid)
  }
  await alive(origin, pid)
  const refused = Object.entries(counts.refused).sort(([, a], [, b]) => b - a).map(([code, times]) => `${times} ${code}`)
  console.log(`${counts.asked} asked, ${counts.answered} with data, ${counts.alike} compared with and without a plan, ${counts.tables} as tables, ` +
    `the longest ${counts.longest.toFixed(2)} s, ${Math.round(peakMemory(pid))} MiB at most. Errors: ${refused.join(', ')}.`)
  if (!counts.answered || !counts.alike) throw new Error('Nothing was answered: this proves nothing.')
}

/** One question, and the same without a plan. */
async function one(origin, any, schema, values, counts) {
  const { query, variables, beside } = operation(any, schema, values)
  try {
    const planned = await answered(origin, { query, variables }, any, counts)
    if (beside && any.may(0.5) && planned.data !== undefined) {
      const ordinary = await answered(origin, { query: beside, variables }, any, counts)
      if (same(planned, ordinary)) counts.alike++
    }
    if (any.may(0.1) && await asTable(origin, { query, variables }, any)) counts.tables++
  } catch (error) {
    if (!(error instanceof Wrong)) error.message = `did not come: ${error.cause?.message ?? error.message}`
    error.message += `\n${JSON.stringify({ query, variables })}`
    throw error
  }
}

/** Asks for the same as a table, of which most questions have none; whether this one has. */
async function asTable(origin, { query, variables }, any) {
  const body = JSON.stringify({ query, variables })
  const began = performance.now()
  const response = await fetch(`${origin}/graphql?format=${any.one(FORMATS)}`, { method: 'POST', signal: patience(), headers: JSON_BODY, body })
  return judgeTable({ ...(await read(response)), seconds: (performance.now() - began) / 1_000 }, WITHIN)
}

async function answered(origin, request, any, counts) {
  const sent = await send(origin, request, any)
  const answer = judge(sent, WITHIN)
  counts.asked++
  counts.longest = Math.max(counts.longest, sent.seconds)
  if (answer.data) counts.answered++
  for (const { extensions } of answer.errors ?? []) counts.refused[extensions.code] = (counts.refused[extensions.code] ?? 0) + 1
  return answer
}

async function send(origin, { query, variables }, any) {
  const accept = any.may(0.2) ? 'application/json' : 'application/graphql-response+json'
  const fields = new URLSearchParams({ query, variables: JSON.stringify(variables ?? {}) })
  const byGet = any.may(0.1) && `${fields}`.length < 8_000
  const signal = patience()
  const body = JSON.stringify({ query, variables })
  const began = performance.now()
  const response = byGet
    ? await fetch(`${origin}/graphql?${fields}`, { signal, headers: { accept } })
    : await fetch(`${origin}/graphql`, { signal, method: 'POST', headers: { accept, ...JSON_BODY }, body })
  return { ...(await read(response)), seconds: (performance.now() - began) / 1_000 }
}

/** Later than the server's own limit, which is what is to be seen. */
function patience() {
  return AbortSignal.timeout((WITHIN + 10) * 1_000)
}

async function read(response) {
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** The server still answers others, and has not grown too large. */
async function alive(origin, pid) {
  const { status } = await fetch(`${origin}/readyz`)
  if (status !== 200) throw new Error(`The server is not ready: ${status}`)
  const memory = peakMemory(pid)
  if (memory > MEMORY) throw new Error(`The server has had ${Math.round(memory)} MiB`)
}
