// Drives one server with one request, by wrk.

import assert from 'node:assert/strict'
import { env } from 'node:process'

import { run } from './processes.mjs'

/** Seconds of a timed run; one before it warms the server up. */
export const SECONDS = Number(env.SECONDS_EACH ?? 5)
/** How often each is measured. The median counts: the machine does other things too. */
export const ROUNDS = 3

const SCRIPT = new URL('load.lua', import.meta.url).pathname

/** Requests a second and latency in milliseconds. Looks at every answer while warming up, and counts bytes after that. */
export async function measure({ url, bodyFile, bytes }, connections) {
  const warmUp = await wrk(url, bodyFile, connections, Math.min(SECONDS, 2), bytes)
  const timed = await wrk(url, bodyFile, connections, SECONDS, 0)
  for (const { failed } of [warmUp, timed]) assert.equal(failed, 0, `${url}: ${failed} requests failed`)
  // A run ends in the middle of some answers.
  const expected = timed.requests * (warmUp.bytes / warmUp.requests)
  const cutOff = 2 * connections * bytes
  assert.ok(Math.abs(timed.bytes - expected) <= 0.01 * expected + cutOff, `${url}: answers of another length`)
  return { rate: timed.requests / timed.seconds, p50: timed.p50, p99: timed.p99 }
}

/** The median of each number. */
export function median(runs) {
  const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
  return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, middle(runs.map((run) => run[key]))]))
}

async function wrk(url, bodyFile, connections, seconds, length) {
  const threads = Math.min(2, connections)
  const options = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '--latency', '-s', SCRIPT]
  const printed = await run('wrk', [...options, url, '--', String(length), ...(bodyFile ? [bodyFile] : [])])
  const summary = JSON.parse(printed.trimEnd().split('\n').at(-1))
  if (summary.requests === 0 && seconds < 60) return wrk(url, bodyFile, connections, 2 * seconds, length) // a slow answer
  assert.ok(summary.requests > 0, `${url}: no answer in ${seconds} s`)
  return summary
}
