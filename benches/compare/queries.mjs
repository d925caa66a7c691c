// The queries: what each contender is asked, and whether it answers with the same data as the value.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

export const QUERIES = ['q1', 'q2', 'q3', 'q4', 'q5', 'q6']

/** The query as a contender of `dialect` takes it. */
export function graphql(query, dialect) {
  return readFileSync(new URL(`queries/${query}/${dialect}.graphql`, import.meta.url), 'utf8')
}

/** Sends one request, and returns the data of its answer and the answer's length. */
export async function ask(url, body) {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', headers, body })
  const text = await response.text()
  assert.equal(response.status, 200, `${url} answered ${response.status}: ${text.slice(0, 500)}`)
  const { data, errors } = JSON.parse(text)
  assert.equal(errors, undefined, `${url} answered with errors: ${text.slice(0, 500)}`)
  return { data: single(plain(data)), bytes: Buffer.byteLength(text) }
}

/** Fails, and shows where, when two contenders answer with other data. */
export function same(query, [oneTitle, one], [otherTitle, other]) {
  assert.deepEqual(other, one, `${query}: ${otherTitle} answers with other data than ${oneTitle}`)
}

/** How many objects an answer has. */
export function objects(data) {
  if (data === null || typeof data !== 'object') return 0
  const inside = Object.values(data).reduce((sum, value) => sum + objects(value), 0)
  return Array.isArray(data) ? inside : inside + 1
}

/** The rows alone: a connection is its list or its count. */
function plain(value) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plain)
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0] === 'nodes') return value.nodes.map(plain)
  if (keys.length === 1 && keys[0] === 'totalCount') return value.totalCount
  if (keys.length === 1 && keys[0] === 'paginationInfo') return value.paginationInfo.total
  return Object.fromEntries(keys.map((key) => [key, plain(value[key])]))
}

/** Seaography has no look-up by a code, so it answers with a list of one. */
function single(data) {
  return Object.fromEntries(Object.entries(data).map(([field, value]) => {
    return [field, ['city', 'member', 'ward'].includes(field) && Array.isArray(value) ? value[0] : value]
  }))
}
