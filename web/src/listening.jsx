// The line below the answer that says what became of a subscription: answers take each other's place without a sound.

import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { useEffect, useSyncExternalStore } from 'react'

const GAP =
  'Changes were missed (bị bỏ sót), and no more are told. Run this again with `after` set to the token above, or ask the ' +
  'query `changes` for what comes after it.'
const LOST = 'The connection was lost (mất kết nối). What is above may be out of date: run it again.'

/** What is said now, if anything is. */
let said
const watchers = new Set()

function say(what) {
  said = what
  for (const watcher of watchers) watcher()
}

function watch(watcher) {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** What became of a subscription is over when something else is run. One that goes on is not. */
function leave() {
  if (said?.live === false) say(undefined)
}

/** Says that a subscription begins; by what is given back one says how it goes on. */
export function begin() {
  let state = { text: 'Connecting …', answers: 0 }
  const now = (change) => say((state = { ...state, ...change }))
  now()
  return {
    opened: () => now({ live: true, text: `Listening (đang theo dõi) since ${time()}.` }),
    answered: (answer) => now({ answers: state.answers + 1, last: time(), gap: isGap(answer) }),
    stopped: () => now({ live: false, text: `Stopped (đã dừng) at ${time()}.` }),
    ended: () => now({ live: false, text: `The server ended it (đã kết thúc) at ${time()}.`, problem: state.gap && GAP }),
    lost: () => now({ live: false, problem: LOST }),
    forgotten: () => say(undefined),
  }
}

function isGap(answer) {
  return Object.values(answer.data ?? {}).some((field) => field?.kind === 'GAP')
}

function time() {
  return new Date().toLocaleTimeString('vi')
}

/** The line. */
export function Listening() {
  const shown = useSyncExternalStore(watch, () => said)
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id)
  const run = useGraphiQL((state) => state.queryId)
  const { stop } = useGraphiQLActions()
  useEffect(leave, [run])
  // What goes on belongs to the tab that is left. GraphiQL stops it too, but not where a new tab is opened.
  useEffect(() => () => {
    stop()
    say(undefined)
  }, [tab, stop])
  if (!shown) return null
  const { live, text, answers, last, problem } = shown
  const count = answers ? `Answers: ${answers}, the last at ${last}.` : live && 'Nothing has come yet.'
  return (
    <p className="antq-listening" data-live={live} role={problem ? 'alert' : 'status'}>
      {problem || text} {count}
    </p>
  )
}
