// Opens the embedded GraphiQL in a real browser and does what a first visitor does: runs the examples, reads the docs.
//
//   ANTQ_BIN                    the server, built with the `ide` feature
//   ANTQ_BROWSER_DATABASE_URL   a database with the reference data and the demo
//   CHROMIUM                    default: /usr/bin/chromium, else `chromium` on the PATH
//   ANTQ_SCREENSHOT             where to keep a picture of the first answer, if anywhere
//   ANTQ_SCREENSHOT_LIVE        the same of a subscription

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { start } from './server.mjs'
import { HEADERS, ROOT, examples, visit } from './visit.mjs'

const titles = examples.map(({ title }) => title)
const queries = examples.filter(({ kind }) => kind === 'query').map(({ title }) => title)
const wards = readFileSync(join(ROOT, 'data/wards.csv'), 'utf8')

let server, visitor, page, answer

before(async () => {
  server = await start()
  visitor = await visit(server.origin)
  ;({ page, answer } = visitor)
}, { timeout: 60_000 })

after(async () => {
  await visitor?.close()
  await server?.stop()
})

test('a fresh browser shows the eight examples, the first one active', async () => {
  await page.getByRole('tab').first().waitFor()

  assert.equal(await page.title(), 'ANTQ Graph')
  assert.equal(titles.length, 8)
  assert.deepEqual(await page.getByRole('tab').allInnerTexts(), titles)
  assert.equal(await page.getByRole('tab', { selected: true }).innerText(), titles[0])
})

test('the first example answers with real wards at one click', async () => {
  const { city } = await execute(titles[0])

  const [ward] = city.wards.nodes
  assert.match(ward.name, /^Phường /)
  assert.ok(wards.includes(`\n${ward.code},92,${ward.name},`), `no such ward in Cần Thơ: ${ward.name}`)
  await answer.filter({ hasText: ward.name }).waitFor()

  await visitor.picture('ANTQ_SCREENSHOT')
})

for (const title of queries.slice(1)) {
  test(`the example ${title} answers`, async () => {
    await visitor.choose(title)
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
  await visitor.choose('TwoReports')
  await page.getByRole('button', { name: 'Show Table' }).click()

  const table = page.getByRole('region', { name: 'Table' })
  await table.getByRole('button', { name: 'Show rows' }).click()
  await table.getByRole('columnheader', { name: 'indicator.nameVi', exact: true }).waitFor()
  assert.ok((await table.getByRole('row').count()) > 2)

  await visitor.choose(titles[0])
  await table.getByRole('button', { name: 'Show rows' }).click()
  await table.getByRole('alert').filter({ hasText: '`city.wards` and `city.wards.nodes.teams`' }).waitFor()
  // The browser says on the console that there was a 400, which is what was asked for.
  const [said] = visitor.complaints.splice(0)
  assert.match(said, /400/)
})

test('the current query is downloaded as CSV and as XLSX', async () => {
  await visitor.choose('TwoReports')
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

test('the table is asked for with the headers of the editor', async () => {
  await page.getByRole('button', { name: 'Headers' }).click()
  await visitor.type(HEADERS, '{ "X-API-Key": "antq_none" }')
  const table = page.getByRole('region', { name: 'Table' })

  await table.getByRole('button', { name: 'Show rows' }).click()

  await table.getByRole('alert').filter({ hasText: 'There is no such API key.' }).waitFor()
  const [said] = visitor.complaints.splice(0)
  assert.match(said, /401/)
})

// Last, because it judges everything that the tests above made the page do.
test('the page asked no other host and complained of nothing', () => visitor.judge())

/** Clicks "Execute" and returns the data of the answer, once it is on the screen and free of errors. */
async function execute(operation) {
  const answered = page.waitForResponse((response) => {
    const request = response.request()
    return new URL(request.url()).pathname === '/graphql' && request.postDataJSON().operationName === operation
  })
  await visitor.execute(`query ${operation}`)
  const body = await (await answered).json()

  assert.equal(body.errors, undefined)
  await answer.filter({ hasText: '"data"', hasNotText: '"errors"' }).waitFor()
  return body.data
}
