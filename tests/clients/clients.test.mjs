// The clients that people use, each as its documentation says: a query, a live query, the changes, and a key that is none.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import * as sse from 'graphql-sse'
import * as ws from 'graphql-ws'
import WebSocket from 'ws'
import { CHANGES, COUNT, LIVE, rename, start } from './server.mjs'

let server
before(async () => { server = await start() })
after(() => server.stop())

const wards = { wards: { totalCount: 3321 } }
const live = (result) => result.data.live.teams.nodes[0].name

/** The next of an iterator, which must come. */
async function next(iterator) {
  const { value, done } = await iterator.next()
  assert.ok(!done, 'it goes on')
  assert.equal(value.errors, undefined)
  return value
}

/** A live query and the changes, by whatever gives iterators of results; then all from where the first event was, again. */
async function listens(iterate, named) {
  const living = iterate({ query: LIVE })
  await next(living)
  for (const name of [`${named} 1`, `${named} 2`]) {
    server.write(rename(name))
    assert.equal(live(await next(living)), name)
  }
  await living.return()

  const following = iterate({ query: CHANGES })
  const told = next(following)
  // It may not have begun when this is written first.
  let writes = 0
  const writing = setInterval(() => server.write(rename(`${named} of ${++writes}`)), 300)
  const first = (await told).data.changes
  clearInterval(writing)
  await following.return()
  assert.equal(first.kind, 'CHANGES')
  assert.equal(first.changes[0].operation, 'UPSERT')

  server.write(rename(`${named} while nobody listens`))
  const again = iterate({ query: CHANGES, variables: { after: first.token } })
  let last
  while (last !== `${named} while nobody listens`) last = (await next(again)).data.changes.changes.at(-1).node.name
  await again.return()
}

test('graphql-ws', async () => {
  const connect = (options) => ws.createClient({ url: server.socket, webSocketImpl: WebSocket, ...options })
  const client = connect({ connectionParams: { apiKey: server.key('graphql-ws') }, keepAlive: 1_000 })
  const answer = await next(client.iterate({ query: COUNT }))
  assert.deepEqual(answer.data, wards)
  const me = await next(client.iterate({ query: '{ me { name } }' }))
  assert.deepEqual(me.data, { me: { name: 'graphql-ws' } })
  await listens((payload) => client.iterate(payload), 'graphql-ws')
  await assert.rejects(client.iterate({ query: '{ noSuchField }' }).next(), (errors) => errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED')
  await client.dispose()

  const nobody = connect({ connectionParams: { apiKey: 'antq_none' }, retryAttempts: 0 })
  await assert.rejects(nobody.iterate({ query: COUNT }).next(), { code: 4403 })
})

test('graphql-sse', async () => {
  const client = sse.createClient({ url: server.url })
  const answer = await next(client.iterate({ query: COUNT }))
  assert.deepEqual(answer.data, wards)
  await listens((payload) => client.iterate(payload), 'graphql-sse')
  client.dispose()

  const nobody = sse.createClient({ url: server.url, headers: { 'x-api-key': 'antq_none' }, retryAttempts: 0 })
  await assert.rejects(nobody.iterate({ query: COUNT }).next(), (error) => error.response.status === 401)
})

test('Apollo Client', async () => {
  const socket = ws.createClient({ url: server.socket, webSocketImpl: WebSocket })
  const cache = new InMemoryCache()
  const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache })
  const { data } = await client.query({ query: gql(COUNT) })
  assert.equal(data.wards.totalCount, 3321)
  await listens(({ query, variables }) => iterator(client.subscribe({ query: gql(query), variables, fetchPolicy: 'no-cache' })), 'apollo')
  client.stop()
  await socket.dispose()

  const http = new ApolloClient({ link: new HttpLink({ uri: server.url }), cache: new InMemoryCache() })
  assert.equal((await http.query({ query: gql(COUNT) })).data.wards.totalCount, 3321)
  http.stop()
})

/** An iterator of what an observable gives. */
function iterator(observable) {
  const values = []
  let wake = () => {}
  const subscription = observable.subscribe({
    next: (value) => { values.push({ value: { ...value, errors: value.error }, done: false }); wake() },
    error: (error) => { values.push({ value: { errors: error }, done: false }); wake() },
    complete: () => { values.push({ value: undefined, done: true }); wake() },
  })
  return {
    async next() {
      while (values.length === 0) await new Promise((resolve) => { wake = resolve })
      return values.shift()
    },
    async return() { subscription.unsubscribe() },
  }
}

test('gql for Python', { skip: process.env.ANTQ_CLIENTS_PYTHON ? false : 'gql could not be installed' }, async () => {
  const program = fileURLToPath(new URL('gql_client.py', import.meta.url))
  const writing = setInterval(() => server.write(rename(`python ${Date.now()}`)), 300)
  try {
    const { stdout } = await promisify(execFile)(process.env.ANTQ_CLIENTS_PYTHON, [program, server.socket, server.key('gql')], { timeout: 60_000 })
    assert.deepEqual(JSON.parse(stdout), { wards: 3321, me: 'gql', live: 3, changes: 'UPSERT', resumed: true, refused: 4403 })
  } finally {
    clearInterval(writing)
  }
})
