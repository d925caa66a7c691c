// A run of the comparison: a folder of its own, and nothing left behind however it ends.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { dropAll } from './databases.mjs'
import { stopAll } from './processes.mjs'

/** Does `work`, then stops the servers, drops the databases and removes the folder; so too on Ctrl-C. */
export async function session(work) {
  const folder = mkdtempSync(join(tmpdir(), 'antq-bench.'))
  let told = false
  const clean = async () => {
    await stopAll()
    await dropAll()
    rmSync(folder, { recursive: true, force: true })
  }
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    process.once(signal, () => {
      told = true
      clean().finally(() => process.exit(code))
    })
  }
  try {
    await work(folder)
  } catch (error) {
    if (!told) console.error(error.message) // what was stopped fails, and need not say so
    process.exitCode = 1
  } finally {
    await clean()
  }
}
