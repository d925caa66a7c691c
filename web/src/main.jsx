import 'graphiql/setup-workers/vite'

import { explorerPlugin } from '@graphiql/plugin-explorer'
import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { createRoot } from 'react-dom/client'

import { listeningToo } from './listen.js'
import { Listening } from './listening.jsx'
import { tablePlugin } from './table.jsx'

import './style.css'

// In the order of their file names. The Rust tests run the same files against the server.
const examples = import.meta.glob('../examples/*.graphql', { query: '?raw', import: 'default', eager: true })
const defaultTabs = Object.values(examples).map((query) => ({ query: query.trimEnd() }))

const url = '/graphql'
const asking = createGraphiQLFetcher({
  url,
  headers: { accept: 'application/graphql-response+json, application/json' },
  // The server has no @defer or @stream: left on, this would ask it for multipart answers.
  enableIncrementalDelivery: false,
})
const fetcher = listeningToo(url, asking)

const plugins = [HISTORY_PLUGIN, explorerPlugin(), tablePlugin]

// The editor measures the width of its font once, so the font must be there first; without it, any will do.
await document.fonts.load('15px "Fira Code"', 'aộ').catch(() => {})

createRoot(document.getElementById('root')).render(
  <GraphiQL fetcher={fetcher} defaultTabs={defaultTabs} plugins={plugins}>
    <GraphiQL.Logo>
      <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" /> ANTQ Graph
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Listening />
    </GraphiQL.Footer>
  </GraphiQL>,
)
