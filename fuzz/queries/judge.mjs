// What every answer must be, whatever was asked.

import { readFileSync } from 'node:fs'

const CONTRACT = readFileSync(new URL('../../docs/CONTRACT.md', import.meta.url), 'utf8')
const [, TABLE] = /<!-- errors: written from the code -->([^]*)<!-- errors: end -->/.exec(CONTRACT)
/** The codes that there are. */
const CODES = new Set([...TABLE.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code))

/** What nobody outside should read. Nothing that is sent has any of it. */
const INTERNAL = /panicked|RUST_BACKTRACE|\.rs:\d+|SQLSTATE|\bSELECT .+ FROM\b|sea_orm|sqlx|rusqlite|DbErr|sqlite:\/\/|postgres:\/\/|no such (?:table|column)|constraint failed|fts5|tsquery|\/home\/|\/root\/|Error \{ /

/** An answer that is not what it must be. */
export class Wrong extends Error {}

/** Looks at one answer; returns what it says. */
export function judge({ status, type, text, seconds }, within) {
  if (status >= 500) throw new Wrong(`status ${status}: ${text.slice(0, 500)}`)
  if (seconds > within) throw new Wrong(`took ${seconds.toFixed(1)} s`)
  const internal = INTERNAL.exec(text)
  if (internal) throw new Wrong(`says something internal: ${internal[0]}`)
  if (!/^application\/(graphql-response\+)?json; charset=utf-8$/.test(type)) throw new Wrong(`is ${type}`)
  const answer = parsed(text)
  if (answer.data === undefined && !answer.errors?.length) throw new Wrong('has neither data nor errors')
  for (const { message, extensions } of answer.errors ?? []) {
    if (!message) throw new Wrong('has an error without a message')
    if (!CODES.has(extensions?.code)) throw new Wrong(`has an error of the code ${extensions?.code}: ${message}`)
    if (extensions.code === 'INTERNAL_SERVER_ERROR') throw new Wrong(`has an internal error, ${extensions.requestId}`)
  }
  if ((status === 200) !== ('data' in answer) && type.startsWith('application/graphql-response')) {
    throw new Wrong(`has the status ${status} and ${'data' in answer ? '' : 'no '}data`)
  }
  return answer
}

/** Looks at an answer that was to be a table; whether it is one. */
export function judgeTable(answer, within) {
  if (answer.type?.startsWith('application/graphql-response')) {
    judge(answer, within)
    return false
  }
  if (answer.status !== 200) throw new Wrong(`has the status ${answer.status} and is ${answer.type}`)
  const internal = INTERNAL.exec(answer.text)
  if (internal) throw new Wrong(`says something internal: ${internal[0]}`)
  return true
}

/** Compares what a plan answered with what ordinary execution did, which was asked for one thing more. */
export function same(planned, ordinary) {
  const refused = [planned, ordinary].some(({ errors }) => errors?.some(({ extensions }) => extensions.code === 'LIMIT_EXCEEDED'))
  // What is beside may be the one thing too many.
  if (refused || planned.data === undefined) return false
  const { __schema, ...data } = ordinary.data ?? {}
  const [one, other] = [planned.data && JSON.stringify(planned.data), ordinary.data && JSON.stringify(data)]
  if (one !== other) throw new Wrong(`is another one without a plan:\n${difference(one ?? 'null', other ?? 'null')}`)
  const errors = ({ errors = [] }) => errors.map(({ message, path }) => JSON.stringify([message, path])).sort().join('\n')
  if (errors(planned) !== errors(ordinary)) throw new Wrong(`has other errors without a plan:\n${errors(planned)}\n${errors(ordinary)}`)
  return true
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Wrong(`is not JSON: ${text.slice(0, 200)}`)
  }
}

function difference(one, other) {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return `…${one.slice(Math.max(0, at - 80), at + 80)}…\n…${other.slice(Math.max(0, at - 80), at + 80)}…`
}
