// A server for the tests of a file, over the database that all of them share.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** Starts one, with more in its environment. `key(name, scopes)` makes a key, `ask(key, query, variables)` asks beside the browser. */
export async function start(more) {
  const { ANTQ_BIN, ANTQ_BROWSER_DATABASE_URL: database } = process.env
  assert.ok(ANTQ_BIN, 'ANTQ_BIN must name the server')
  assert.ok(existsSync(ANTQ_BIN), `ANTQ_BIN names no file: ${ANTQ_BIN}`)
  assert.ok(database, 'ANTQ_BROWSER_DATABASE_URL must name a database with the demo')
  const env = {
    ...process.env,
    ANTQ_DATABASE_URL: database,
    ANTQ_SECRETS: execFileSync(ANTQ_BIN, ['secret'], { encoding: 'utf8' }).trim(),
    // As `make serve` has it: the demo's members are invented, and the examples name some.
    ANTQ_ANONYMOUS_SCOPES: 'members:read',
    ...more,
  }
  const server = spawn(ANTQ_BIN, ['serve', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const origin = await address(server)
  return {
    origin,
    key: (name, scopes) => execFileSync(ANTQ_BIN, ['keys', 'create', '--name', name, '--scope', scopes], { env, encoding: 'utf8' }).trim(),
    async ask(key, query, variables) {
      const headers = { 'content-type': 'application/json', 'x-api-key': key }
      const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      const { data, errors } = await response.json()
      assert.equal(errors, undefined)
      return data
    },
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill()
      await once(server, 'exit')
    },
  }
}

/** Waits for the server to say where it listens: the port is its own choice. */
function address(server) {
  return new Promise((resolve, reject) => {
    const lines = []
    const read = (line) => {
      lines.push(line)
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (found) resolve(found[0])
    }
    createInterface(server.stdout).on('line', read)
    createInterface(server.stderr).on('line', read)
    server.on('error', reject)
    server.on('exit', () => reject(new Error(`the server stopped:\n${lines.join('\n')}`)))
  })
}
