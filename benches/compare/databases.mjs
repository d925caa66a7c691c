// The register in a PostgreSQL database and in an SQLite file of their own, filled by antq itself.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { env, pid } from 'node:process'

import { run } from './processes.mjs'

/** What PostGraphile brings for itself; what needs no PostgreSQL does without. */
const brought = createRequire(new URL('postgraphile/package.json', import.meta.url))

const made = []

/** Makes both, with the demo at `scale`, and returns their addresses. */
export async function databases(antq, folder, scale) {
  const name = `antq_bench_${pid}_${made.length}`
  await onServer(`CREATE DATABASE ${name}`)
  made.push(name)
  const postgres = await filled(antq, onSameServer(name), scale)
  // What autovacuum would come to in the middle of a run: counts are then read from an index alone.
  await query(postgres, 'VACUUM (ANALYZE)')
  return { postgres, sqlite: await file(antq, `${join(folder, name)}.db`, scale) }
}

/** Makes an SQLite file, with the demo at `scale`, and returns its address. */
export function file(antq, path, scale) {
  return filled(antq, `sqlite://${path}`, scale)
}

async function filled(antq, url, scale) {
  for (const command of [['migrate'], ['load'], ['demo', '--scale', scale]]) {
    await run(antq, [...command, '--database-url', url])
  }
  return url
}

/** Drops the PostgreSQL databases; the files go with their folder. */
export async function dropAll() {
  for (const name of made.splice(0)) await onServer(`DROP DATABASE ${name} WITH (FORCE)`)
}

/** The version of the PostgreSQL server. */
export async function serverVersion() {
  const { rows } = await onServer('SHOW server_version')
  return rows[0].server_version
}

function onSameServer(name) {
  const url = new URL(env.ANTQ_TEST_DATABASE_URL)
  url.pathname = `/${name}`
  return url.href
}

function onServer(sql) {
  return query(env.ANTQ_TEST_DATABASE_URL, sql)
}

async function query(connectionString, sql) {
  const { Client } = brought('pg')
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}
