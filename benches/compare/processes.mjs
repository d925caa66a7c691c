// Every process of the comparison is started here, and none outlives it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { env } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE = 60_000
const running = new Set()

/** Starts a server on a port of its own, and waits until it takes connections. Its log is a file in `folder`. */
export async function serve(spec, folder) {
  const port = await freePort()
  const log = join(folder, `${spec.name}.log`)
  const output = openSync(log, 'w')
  const child = launch(spec.program, spec.args(port), spec.env(port), ['ignore', output, output])
  const deadline = Date.now() + PATIENCE
  while (!(await connects(port))) {
    if (ended(child) || Date.now() > deadline) throw new Error(`${spec.name} does not serve:\n${readFileSync(log, 'utf8')}`)
    await sleep(100)
  }
  return { name: spec.name, origin: `http://127.0.0.1:${port}`, pid: child.pid }
}

/** Runs a program to its end and returns what it printed; fails when it does. */
export async function run(program, args, extra = {}) {
  const child = launch(program, args, extra, ['ignore', 'pipe', 'inherit'])
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text) => { printed += text })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}\n${printed}`)
  return printed
}

/** Ends what still runs: by the signal that asks first, by the one that does not after five seconds. */
export async function stopAll() {
  await Promise.all([...running].map(async (child) => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await once(child, 'exit')
    clearTimeout(late)
  }))
}

/** The most memory that a process and those that it started have had, in MiB. */
export function peakMemory(pid) {
  const own = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + peakMemory(child), Number(own[1]) / 1024)
}

function launch(program, args, extra, stdio) {
  const child = spawn(program, args, { env: { ...env, ...extra }, stdio })
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', (error) => { // it never ran
    running.delete(child)
    console.error(`${program}: ${error.message}`)
  })
  return child
}

function ended(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function connects(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}
