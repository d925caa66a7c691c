// Listens in GraphiQL: what is written shows, the button stops it, and whatever else ends it is said in words.
// The variables are those of graphiql.test.mjs.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { start } from './server.mjs'
import { HEADERS, QUERY, visit } from './visit.mjs'

let server, key, visitor, page, answer, line

before(async () => {
  // One stream, so that one that is open shows.
  server = await start({ ANTQ_MAX_STREAMS_PER_ADDRESS: '1' })
  key = server.key(`browser ${process.pid}`, 'registry:write,members:read')
  visitor = await visit(server.origin)
  ;({ page, answer } = visitor)
  line = page.locator('.antq-listening')
}, { timeout: 60_000 })

after(async () => {
  await visitor?.close()
  await server?.stop()
})

test('a live query is answered again when something is written, until it is stopped', async () => {
  const { team, members } = await phuLoi()
  await visitor.choose('LiveMembers')
  await visitor.execute('subscription LiveMembers')
  await counts(members).waitFor()
  await line.filter({ hasText: /^Listening .* Answers: 1,/ }).waitFor()

  await write(team)
  await counts(members + 1).waitFor()
  await line.filter({ hasText: /^Listening .* Answers: 2,/ }).waitFor()
  await visitor.picture('ANTQ_SCREENSHOT_LIVE')

  assert.equal(await stream(), 429, 'the server allows one stream, and this is it')
  await stop()
  await line.filter({ hasText: /^Stopped .* Answers: 2,/ }).waitFor()
  await isFree()
})

test('changes are told as they are written, until another tab is opened', async () => {
  const { team } = await phuLoi()
  await visitor.choose('LiveChanges')
  await visitor.execute('subscription LiveChanges')
  await line.filter({ hasText: /^Listening .* Nothing has come yet\.$/ }).waitFor()

  await write(team)
  await answer.filter({ hasText: '"fullName": "Nguyễn Thị Thử"' }).waitFor()
  await line.filter({ hasText: /^Listening .* Answers: 1,/ }).waitFor()

  await page.getByRole('button', { name: 'New tab' }).click()
  await line.waitFor({ state: 'detached' })
  await isFree()
})

test('who listens is said by the key in the headers editor', async () => {
  await visitor.type(QUERY, 'subscription Me { live { me { name } } }')
  await page.getByRole('button', { name: 'Headers' }).click()
  await visitor.type(HEADERS, JSON.stringify({ 'X-API-Key': key }))

  await visitor.execute('subscription Me')

  await answer.filter({ hasText: `"name": "browser ${process.pid}"` }).waitFor()
  await stop()
  await isFree()
})

test('what is said of a subscription is over when something else is run', async () => {
  await line.filter({ hasText: /^Stopped/ }).waitFor()
  await visitor.type(HEADERS, 'x')
  await visitor.execute('subscription Me')

  await answer.filter({ hasText: 'Request not sent' }).waitFor()
  await line.waitFor({ state: 'detached' })
})

test('a scope that is missing is named', async () => {
  await visitor.type(HEADERS, '{}')
  await visitor.type(QUERY, 'subscription Me { live { history(id: "dGVhbToxMTQ2") { older } } }')
  await visitor.execute('history')

  await answer.filter({ hasText: '"scope": "registry:write"' }).waitFor()
  await stop()
  await isFree()
})

test('what is refused is said in the words of the server', async () => {
  const isRefused = async (words, status) => {
    await visitor.execute('subscription')
    await answer.filter({ hasText: words }).waitFor()
    await page.getByRole('button', { name: 'Execute query' }).waitFor()
    await line.waitFor({ state: 'detached' })
    // The browser says on the console that there was one, which is what was asked for.
    const [said] = visitor.complaints.splice(0)
    assert.match(said, new RegExp(status))
  }

  await visitor.type(HEADERS, JSON.stringify({ 'X-API-Key': 'antq_none' }))
  await isRefused('"UNAUTHENTICATED"', 401)

  await visitor.type(HEADERS, '{}')
  await visitor.type(QUERY, 'subscription Me { live { noSuchField } }')
  await isRefused('noSuchField', 400)

  const other = new AbortController()
  assert.equal(await stream(other), 200)
  await visitor.choose('LiveMembers')
  await isRefused('"LIMIT_EXCEEDED"', 429)
  other.abort()
  await isFree()
})

test('a gap is explained', async () => {
  const data = { changes: { kind: 'GAP', changes: [], token: 'x' } }
  const body = `event: next\ndata: ${JSON.stringify({ data })}\n\nevent: complete\ndata:\n\n`
  await page.route('**/graphql', (route) => route.fulfill({ contentType: 'text/event-stream', body }), { times: 1 })
  await visitor.choose('LiveChanges')

  await visitor.execute('subscription LiveChanges')

  await page.getByRole('alert').filter({ hasText: /^Changes were missed .* Answers: 1,/ }).waitFor()
  await answer.filter({ hasText: '"GAP"' }).waitFor()
})

test('when the server goes, the last answer stays, and it is said that no more come', async () => {
  const { members } = await phuLoi()
  await visitor.choose('LiveMembers')
  await visitor.execute('subscription LiveMembers')
  await counts(members).waitFor()

  await server.stop()

  await page.getByRole('alert').filter({ hasText: /^The connection was lost .* Answers: 1,/ }).waitFor()
  await counts(members).waitFor()
})

// Last, because it judges everything that the tests above made the page do.
test('the page asked no other host and complained of nothing', () => visitor.judge())

async function stop() {
  await page.getByRole('button', { name: 'Stop query' }).click()
  await page.getByRole('button', { name: 'Execute query' }).waitFor()
}

/** The answer of LiveMembers, if the ward has so many. */
function counts(members) {
  return answer.filter({ hasText: new RegExp(`"members":\\s*\\{\\s*"totalCount":\\s*${members}\\b`) })
}

/** A team of Phường Phú Lợi, and how many members the ward has. */
async function phuLoi() {
  const { ward } = await server.ask(key, '{ ward(code: "31510") { teams(first: 1) { nodes { id } } members { totalCount } } }')
  return { team: ward.teams.nodes[0].id, members: ward.members.totalCount }
}

/** Somebody else adds a member to the team. */
async function write(teamId) {
  const mutation = 'mutation ($input: MemberCreateInput!) { memberCreate(input: $input) { userErrors { message } } }'
  const { memberCreate } = await server.ask(key, mutation, { input: { teamId, fullName: 'Nguyễn Thị Thử' } })
  assert.deepEqual(memberCreate.userErrors, [])
}

/** The status of a stream beside the browser's. It ends at once, or when who gives a controller ends it. */
async function stream(controller) {
  const query = encodeURIComponent('subscription { live { wards { totalCount } } }')
  const { signal } = controller ?? new AbortController()
  const response = await fetch(`${server.origin}/graphql?query=${query}`, { headers: { accept: 'text/event-stream' }, signal })
  if (!controller) await response.body.cancel()
  return response.status
}

/** Comes back when the server has no stream any more: it allows one, and takes a moment to see that it was left. */
async function isFree() {
  let status
  do status = await stream()
  while (status === 429)
  assert.equal(status, 200)
}
