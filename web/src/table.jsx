// A pane with the current query as a table: its first rows to look at, and all of them as a file.

import { Button, Spinner, tryParseJSONC, useGraphiQL } from '@graphiql/react'
import { useState } from 'react'

/** Rows that are shown. A file has them all. */
const SHOWN = 200

const MEDIA = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** The plugin, for GraphiQL's `plugins`. */
export const tablePlugin = { title: 'Table', icon: TableIcon, content: Table }

function TableIcon() {
  return (
    <svg height="1em" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" role="img">
      <title>Table</title>
      <path d="M3 4h18v16H3zM3 9h18M3 14.5h18M9 9v11M15 9v11" strokeLinejoin="round" />
    </svg>
  )
}

function Table() {
  const { queryEditor, variableEditor, headerEditor, operationName } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
    headerEditor: state.headerEditor,
    operationName: state.operationName,
  }))
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState()
  const [problem, setProblem] = useState()

  /** Runs one of the actions with what the editors have now; what is wrong is shown. */
  const act = (action) => async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const variables = parsed('Variables', variableEditor)
      await action({
        headers: parsed('Request headers', headerEditor),
        body: JSON.stringify({ query: queryEditor.getValue(), variables, operationName }),
      })
    } catch (error) {
      setProblem(error.message)
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="antq-table" aria-label="Table">
      <div className="graphiql-doc-explorer-header-content">
        <div className="graphiql-doc-explorer-title">Table</div>
      </div>
      <p>The current query as a table: one list, and a column for each field (bảng dữ liệu).</p>
      <div className="antq-table-actions">
        <Button type="button" disabled={busy} onClick={act(async (request) => setShown(await firstRows(request)))}>
          Show rows
        </Button>
        <Button type="button" disabled={busy} onClick={act((request) => download(request, 'csv', '&bom=true'))}>
          Download CSV
        </Button>
        <Button type="button" disabled={busy} onClick={act((request) => download(request, 'xlsx', ''))}>
          Download XLSX
        </Button>
      </div>
      {busy && <Spinner />}
      {problem && <p role="alert">{problem}</p>}
      {shown && <Rows {...shown} />}
    </section>
  )
}

function Rows({ rows, more }) {
  if (rows.length === 0) return <p>There are no rows.</p>
  const names = Object.keys(rows[0])
  return (
    <>
      <p>{more ? `The first ${rows.length} rows. A file has them all.` : `Rows: ${rows.length}`}</p>
      <div className="antq-table-rows">
        <table>
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {names.map((name) => (
                  <td key={name} className={typeof row[name]}>
                    {row[name] === null ? '' : String(row[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** What an editor has. What is wrong with it is thrown. */
function parsed(name, editor) {
  try {
    return tryParseJSONC(editor?.getValue() ?? '')
  } catch (error) {
    throw new Error(`${name} ${error.message}`)
  }
}

/** Asks for a table. What the server says is wrong is thrown. */
async function ask({ headers, body }, format, more, signal) {
  const response = await fetch(`/graphql?format=${format}${more}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: MEDIA[format], ...headers },
    body,
    signal,
  })
  if (response.ok) return response
  const { errors } = await response.json()
  throw new Error(errors.map((error) => error.message).join('\n'))
}

/** Saves the whole table as a file, under the name that the server gives it. */
async function download(request, format, more) {
  const response = await ask(request, format, more)
  const [, name] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition'))
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

/** Reads rows until there are enough to be shown, and no further. */
async function firstRows(request) {
  const enough = new AbortController()
  const response = await ask(request, 'ndjson', '', enough.signal)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let lines = []
  while (lines.length <= SHOWN) {
    const { done, value } = await reader.read()
    if (done) break
    text += value
    lines = text.split('\n').slice(0, -1)
  }
  enough.abort()
  return { rows: lines.slice(0, SHOWN).map((line) => JSON.parse(line)), more: lines.length > SHOWN }
}
