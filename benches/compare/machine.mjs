// What was measured, and on what: rows of a table.

import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { env } from 'node:process'

import { NODE } from './contenders.mjs'
import { serverVersion } from './databases.mjs'
import { run } from './processes.mjs'

const file = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
const line = async (program, ...args) => (await run(program, args)).trim().split('\n')[0]

/** The machine and antq. */
export async function machine() {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const antq = (await line(env.ANTQ_BIN, '--version')).replace('antq ', '')
  return [
    ['machine', `${cpus()[0].model}, ${availableParallelism()} cores, ${memory} GiB; ${system}, Linux ${release()}`],
    ['antq', `${antq}, ${await built()}; a pool of 8`],
  ]
}

/** What the comparison and the growth use besides. */
export async function services() {
  // wrk says its version where it says how to use it, and calls that a failure.
  const wrk = /^wrk (?:debian\/)?(\S+)/.exec(await run('sh', ['-c', 'wrk -v || true']))?.[1]
  return [['PostgreSQL', await serverVersion()], ['load', `wrk ${wrk}`]]
}

/** What antq was made from, if it was made here. */
async function built() {
  if (env.ANTQ_BUILT !== 'here') return 'built elsewhere'
  const commit = await line('git', 'describe', '--always', '--dirty', '--exclude', '*')
  const parts = crates('../../Cargo.lock', ['async-graphql', 'axum', 'sea-orm', 'sqlx', 'libsqlite3-sys'])
  return `commit ${commit}; ${parts}; ${await line('rustc', '--version')}`
}

/** Those that antq is compared with. */
export async function peers() {
  const { postgraphile } = JSON.parse(file('postgraphile/package.json')).dependencies
  const node = `Node.js ${await line(NODE, '--version')}, ${availableParallelism()} processes, a pool of 8 in each`
  return [
    ['PostGraphile', `${postgraphile}; ${node}`],
    ['Seaography', `${crates('seaography/Cargo.lock', ['seaography', 'async-graphql', 'sea-orm', 'sqlx'])}; a pool of 8`],
    ['hand-written', `${crates('handwritten/Cargo.lock', ['axum', 'sqlx'])}; a pool of 8`],
  ]
}

/** The versions of crates in a lock file. */
function crates(lock, names) {
  const text = file(lock)
  return names.map((name) => `${name} ${new RegExp(`^name = "${name}"\\nversion = "(.*)"$`, 'm').exec(text)[1]}`).join(', ')
}
