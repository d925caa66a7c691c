// A server for the tests of a file: over a database of its own, which is written to from beside.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const { ANTQ_BIN, ANTQ_CLIENTS_DATABASE } = process.env
if (!ANTQ_BIN || !ANTQ_CLIENTS_DATABASE) throw new Error('run `make clients`, which says where the server and its database are')

/** Starts one. `write(sql)` writes beside it; `key(name)` makes a key. */
export async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'antq-clients.'))
  const file = join(folder, 'antq.db')
  copyFileSync(ANTQ_CLIENTS_DATABASE, file)
  const database = ['--database-url', `sqlite://${file}`]
  const env = { ...process.env, ANTQ_SECRETS: execFileSync(ANTQ_BIN, ['secret'], { encoding: 'utf8' }).trim() }
  const server = spawn(ANTQ_BIN, ['serve', '--listen', '127.0.0.1:0', '--log', 'warn', ...database], {
    env: { ...env, ANTQ_BUDGET_ANONYMOUS: '0', ANTQ_BUDGET_KEY: '0' },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let url
  const lines = createInterface({ input: server.stderr })
  for await (const line of lines) {
    url = / on (http:\S+)\/graphql/.exec(line)?.[1]
    if (url) break
    console.error(line)
  }
  if (!url) throw new Error('the server does not serve')
  server.stderr.resume()
  return {
    url: `${url}/graphql`,
    socket: `${url.replace('http', 'ws')}/graphql`,
    key: (name) => execFileSync(ANTQ_BIN, ['keys', 'create', '--name', name, ...database], { env, encoding: 'utf8' }).trim(),
    write(sql) {
      const program = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=10); c.execute(sys.argv[2]); c.commit()'
      execFileSync('python3', ['-c', program, file, sql])
    },
    async stop() {
      server.kill('SIGTERM')
      await once(server, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}

export const COUNT = '{ wards { totalCount } }'
export const LIVE = 'subscription { live { teams(first: 1) { nodes { name } } } }'
export const CHANGES = 'subscription ($after: String) { changes(after: $after, types: [TEAM]) { kind token changes { operation node { ... on Team { name } } } } }'

/** What writes a name that a live query of the first team, and changes, tell. */
export const rename = (name) => `UPDATE team SET name = '${name}' WHERE id = (SELECT min(id) FROM team)`
