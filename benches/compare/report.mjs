// What was measured, as Markdown: on the terminal, and in docs/BENCHMARKS.md.

import { readFileSync, writeFileSync } from 'node:fs'

const DOCUMENT = new URL('../../docs/BENCHMARKS.md', import.meta.url)

/** A table: its heading, and its rows. */
export function table(head, rows) {
  const row = (cells) => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

/** A number, as exactly as it was measured. */
export function number(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Prints `text`, and puts it in the document's section `name`, between the marks that begin and end it. */
export function publish(name, text) {
  console.log(`\n${text}\n`)
  const [begin, end] = [`<!-- ${name}: written by make -->`, `<!-- ${name}: end -->`]
  const document = readFileSync(DOCUMENT, 'utf8')
  const [before, rest] = document.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/BENCHMARKS.md has no section ${begin} … ${end}`)
  writeFileSync(DOCUMENT, `${before}${begin}\n\n${text}\n\n${end}${after}`)
}
