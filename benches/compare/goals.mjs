// What antq is meant to reach, and whether it does.

import { number } from './report.mjs'

/** Who is to answer how many times as many requests a second as whom. Without `least` it is only told. */
const RATES = [
  { title: 'antq, PostgreSQL ÷ PostGraphile', of: 'antq-postgres', to: 'postgraphile', least: 3 },
  { title: 'antq, PostgreSQL ÷ Seaography', of: 'antq-postgres', to: 'seaography' },
  { title: 'antq, PostgreSQL ÷ hand-written', of: 'antq-postgres', to: 'text', least: 0.8 },
  { title: 'antq, PostgreSQL ÷ hand-written, JSON functions', of: 'antq-postgres', to: 'json' },
  { title: 'antq, SQLite ÷ antq, PostgreSQL', of: 'antq-sqlite', to: 'antq-postgres', least: 1 },
  { title: 'cached, PostgreSQL ÷ PostGraphile', of: 'antq-postgres-cached', to: 'postgraphile', least: 20 },
  { title: 'cached, SQLite ÷ PostGraphile', of: 'antq-sqlite-cached', to: 'postgraphile', least: 20 },
  { title: 'cached, PostgreSQL ÷ fixed bytes', of: 'antq-postgres-cached', to: 'fixed', least: 0.7 },
  { title: 'cached, SQLite ÷ fixed bytes', of: 'antq-sqlite-cached', to: 'fixed', least: 0.7 },
]

/** How many times its median a contender's 99th percentile of latency may be: less than this. */
const TAIL = 5
/** Whose tails are only told: what this machine adds to a server that has next to nothing to do. */
const FLOOR = 'fixed'

/** A row for each goal: its ratios by query, what it asks, and whether all of them meet it. */
export function goals(results, contenders) {
  const rates = RATES.map(({ title, of, to, least }) => {
    const ratios = results.map((result) => result[of].rate / result[to].rate)
    return row(title, ratios, least && `≥ ${least}`, (ratio) => ratio >= least)
  })
  const tails = contenders.filter(({ key, dialect }) => dialect === 'antq' || key === FLOOR).map(({ key, title }) => {
    const ratios = results.map((result) => result[key].p99 / result[key].p50)
    return row(`${title}: p99 ÷ p50`, ratios, key !== FLOOR && `< ${TAIL}`, (ratio) => ratio < TAIL)
  })
  return [...rates, ...tails]
}

function row(title, ratios, goal, meets) {
  if (!goal) return [title, ...ratios.map(number), '', '']
  const cells = ratios.map((ratio) => (meets(ratio) ? number(ratio) : `${number(ratio)} ✗`))
  return [title, ...cells, goal, ratios.every(meets) ? 'met' : '**not met**']
}
