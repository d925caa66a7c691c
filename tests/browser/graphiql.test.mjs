// Opens the embedded GraphiQL in a real browser and does what a first visitor does: runs the examples, reads the docs.
//
//   ANTQ_BIN                    the server, built with the `ide` feature
//   ANTQ_BROWSER_DATABASE_URL   a database with the reference data and the demo
//   CHROMIUM                    default: /usr/bin/chromium, else `chromium` on the PATH
//   ANTQ_SCREENSHOT             where to keep a picture of the first answer, if anywhere

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const EXAMPLES = join(ROOT, 'web/examples')

const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A request to any other host fails, and so shows on the console.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** The operation names of the examples: GraphiQL makes them the titles of the tabs. */
const titles = readdirSync(EXAMPLES).sort().map((file) => {
  return /^query (\w+)/m.exec(readFileSync(join(EXAMPLES, file), 'utf8'))[1]
})

const wards = readFileSync(join(ROOT, 'data/wards.csv'), 'utf8')

let server, origin, browser, page, answer
const requests = []
const complaints = []

before(async () => {
  const { chromium } = createRequire(join(ROOT, 'web/package.json'))('playwright-core')
  server = spawnServer()
  origin = await listening(server)
  browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS })

  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  context.on('request', (request) => requests.push(request.url()))
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`)
  })
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`${event.violatedDirective} forbids ${event.blockedURI}`)
    })
  })
  page = await context.newPage()
  answer = page.locator('.graphiql-response .view-lines')
  await page.goto(`${origin}/graphiql`)
}, { timeout: 60_000 })

after(async () => {
  await browser?.close()
  if (server?.pid && server.exitCode === null && server.signalCode === null) {
    server.kill()
    await once(server, 'exit')
  }
})

test('a fresh browser shows the six examples, the first one active', async () => {
  await page.getByRole('tab').first().waitFor()

  assert.equal(await page.title(), 'ANTQ Graph')
  assert.equal(titles.length, 6)
  assert.deepEqual(await page.getByRole('tab').allInnerTexts(), titles)
  assert.equal(await page.getByRole('tab', { selected: true }).innerText(), titles[0])
})

test('the first example answers with real wards at one click', async () => {
  const { city } = await execute(titles[0])

  const [ward] = city.wards.nodes
  assert.match(ward.name, /^Phường /)
  assert.ok(wards.includes(`\n${ward.code},92,${ward.name},`), `no such ward in Cần Thơ: ${ward.name}`)
  await answer.filter({ hasText: ward.name }).waitFor()

  if (process.env.ANTQ_SCREENSHOT) {
    await page.mouse.move(0, 0)
    // What a moment ago was of use, and would only cover the picture.
    await page.waitForFunction(() => !document.querySelector('[role=tooltip], .scrollbar.visible'))
    await page.screenshot({ path: process.env.ANTQ_SCREENSHOT, animations: 'disabled' })
  }
})

for (const title of titles.slice(1)) {
  test(`the example ${title} answers`, async () => {
    await choose(title)
    await answer.filter({ hasNotText: '"data"' }).waitFor() // each tab has its own answer

    const data = await execute(title)

    for (const [field, value] of Object.entries(data)) assert.ok(value, `${field} is empty`)
  })
}

test('the docs show the schema', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()

  const docs = page.getByRole('region', { name: 'Documentation Explorer' })
  await docs.getByText('Query', { exact: true }).first().click()
  await docs.getByText('city', { exact: true }).first().waitFor()
})

test('the explorer shows the fields to choose from', async () => {
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click()

  await page.locator('.graphiql-explorer-root').getByText('formerWard', { exact: true }).first().waitFor()
})

test('the table shows the rows of the current query, and says why a query has none', async () => {
  await choose('TwoReports')
  await page.getByRole('button', { name: 'Show Table' }).click()

  const table = page.getByRole('region', { name: 'Table' })
  await table.getByRole('button', { name: 'Show rows' }).click()
  await table.getByRole('columnheader', { name: 'indicator.nameVi', exact: true }).waitFor()
  assert.ok((await table.getByRole('row').count()) > 2)

  await choose(titles[0])
  await table.getByRole('button', { name: 'Show rows' }).click()
  await table.getByRole('alert').filter({ hasText: '`city.wards` and `city.wards.nodes.teams`' }).waitFor()
  // The browser says on the console that there was a 400, which is what was asked for.
  const [said] = complaints.splice(0)
  assert.match(said, /400/)
})

test('the current query is downloaded as CSV and as XLSX', async () => {
  await choose('TwoReports')
  const table = page.getByRole('region', { name: 'Table' })
  const files = {}
  for (const format of ['CSV', 'XLSX']) {
    const downloaded = page.waitForEvent('download')
    await table.getByRole('button', { name: `Download ${format}` }).click()
    const download = await downloaded
    assert.equal(download.suggestedFilename(), `TwoReports.${format.toLowerCase()}`)
    files[format] = readFileSync(await download.path())
  }

  const csv = files.CSV.toString('utf8')
  assert.ok(csv.startsWith('\ufeff'), 'no byte order mark')
  assert.match(csv.split('\r\n')[0], /indicator\.nameVi/)
  // Excel's files are archives.
  assert.equal(files.XLSX.subarray(0, 2).toString(), 'PK')
})

// Last, because it judges everything that the tests above made the page do.
test('the page asked no other host and complained of nothing', () => {
  const foreign = requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== origin)

  assert.notEqual(requests.length, 0)
  assert.deepEqual(foreign, [])
  assert.deepEqual(complaints, [])
})

/** Goes to the tab of an example. */
async function choose(title) {
  await page.getByRole('tab', { name: title }).click()
  // GraphiQL reads the operation name 100 ms after a change of tab, and stores the query just before it does.
  await page.waitForFunction((name) => localStorage['graphiql:query']?.includes(`query ${name} `), title)
}

/** Clicks "Execute" and returns the data of the answer, once it is on the screen and free of errors. */
async function execute(operation) {
  const answered = page.waitForResponse((response) => {
    const request = response.request()
    return new URL(request.url()).pathname === '/graphql' && request.postDataJSON().operationName === operation
  })
  // The button is there before the editor is.
  await page.locator('.graphiql-query-editor .view-lines').filter({ hasText: `query ${operation}` }).waitFor()
  await page.getByRole('button', { name: 'Execute query' }).click()
  const body = await (await answered).json()

  assert.equal(body.errors, undefined)
  await answer.filter({ hasText: '"data"', hasNotText: '"errors"' }).waitFor()
  return body.data
}

function spawnServer() {
  const { ANTQ_BIN, ANTQ_BROWSER_DATABASE_URL } = process.env
  assert.ok(ANTQ_BIN, 'ANTQ_BIN must name the server')
  assert.ok(existsSync(ANTQ_BIN), `ANTQ_BIN names no file: ${ANTQ_BIN}`)
  assert.ok(ANTQ_BROWSER_DATABASE_URL, 'ANTQ_BROWSER_DATABASE_URL must name a database with the demo')

  return spawn(ANTQ_BIN, ['serve', '--database-url', ANTQ_BROWSER_DATABASE_URL, '--listen', '127.0.0.1:0'], {
    // As `make serve` has it: the demo's members are invented, and the examples name some.
    env: { ...process.env, ANTQ_ANONYMOUS_SCOPES: 'members:read' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Waits for the server to say where it listens: the port is its own choice. */
function listening(server) {
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

function findChromium() {
  const { CHROMIUM, PATH } = process.env
  const places = CHROMIUM ? [CHROMIUM] : ['/usr/bin/chromium', ...PATH.split(delimiter).map((dir) => join(dir, 'chromium'))]
  const found = places.find((place) => existsSync(place))
  assert.ok(found, `no Chromium at ${CHROMIUM ?? '/usr/bin/chromium or on the PATH'}`)
  return found
}
