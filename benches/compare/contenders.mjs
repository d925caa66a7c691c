// Who is compared. A server may run in several ways, and answer in several.

import { existsSync } from 'node:fs'
import { env, execPath } from 'node:process'

import { graphql } from './queries.mjs'

const POSTGRAPHILE = new URL('postgraphile/', import.meta.url).pathname
const PINNED_NODE = `${POSTGRAPHILE}node_modules/.bin/node`

/** The Node.js that PostGraphile runs on: the one that its lock file names, where there is one for this machine. */
export const NODE = existsSync(PINNED_NODE) ? PINNED_NODE : execPath

/** A server of antq; `cache` is how many megabytes of answers it keeps, or nothing for what it does by itself. */
export function antq(name, database, cache) {
  return {
    name,
    program: env.ANTQ_BIN,
    args: (port) => ['serve', '--log', 'error', '--listen', `127.0.0.1:${port}`, '--database-url', database],
    env: () => ({ ANTQ_CACHE_MEGABYTES: cache, ANTQ_BUDGET_ANONYMOUS: '0', ANTQ_ANONYMOUS_SCOPES: 'members:read' }),
  }
}

/** The servers of the comparison. */
export function servers({ postgres, sqlite }) {
  return [
    antq('antq-postgres', postgres, 0),
    antq('antq-sqlite', sqlite, 0),
    antq('antq-postgres-cached', postgres),
    antq('antq-sqlite-cached', sqlite),
    {
      name: 'postgraphile',
      program: NODE,
      args: () => [`${POSTGRAPHILE}server.mjs`],
      env: (port) => ({ DATABASE_URL: postgres, PORT: port, NODE_ENV: 'production', GRAPHILE_ENV: 'production' }),
    },
    {
      name: 'seaography',
      program: env.SEAOGRAPHY_BIN,
      args: () => [],
      env: (port) => ({ DATABASE_URL: postgres, LISTEN: `127.0.0.1:${port}` }),
    },
    {
      name: 'handwritten',
      program: env.HANDWRITTEN_BIN,
      args: () => [],
      env: (port) => ({ DATABASE_URL: postgres, LISTEN: `127.0.0.1:${port}` }),
    },
  ]
}

/** Who answers, through which server, and what it is asked: GraphQL of a dialect, or an address for each query. */
export const CONTENDERS = [
  { key: 'antq-postgres', title: 'antq, PostgreSQL', dialect: 'antq' },
  { key: 'antq-sqlite', title: 'antq, SQLite', dialect: 'antq' },
  { key: 'antq-postgres-cached', title: 'antq, PostgreSQL, cached', dialect: 'antq' },
  { key: 'antq-sqlite-cached', title: 'antq, SQLite, cached', dialect: 'antq' },
  { key: 'postgraphile', title: 'PostGraphile', dialect: 'postgraphile' },
  { key: 'seaography', title: 'Seaography', dialect: 'seaography' },
  { key: 'text', title: 'hand-written', server: 'handwritten', path: 'text' },
  { key: 'json', title: 'hand-written, JSON functions', server: 'handwritten', path: 'json' },
  { key: 'fixed', title: 'fixed bytes', server: 'handwritten', path: 'fixed/text' },
]

/** The request that puts a query to a contender: where it goes, and its body if it is GraphQL. */
export function request({ dialect, path }, query, origin) {
  if (path) return { url: `${origin}/${path}/${query}` }
  return { url: `${origin}/graphql`, body: JSON.stringify({ query: graphql(query, dialect) }) }
}
