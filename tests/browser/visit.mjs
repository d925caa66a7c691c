// A fresh browser on the page of a server, and what is done there in every test.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const EXAMPLES = join(ROOT, 'web/examples')

/** The editors, the second one when it is shown. */
export const QUERY = '.graphiql-query-editor'
export const HEADERS = '.graphiql-editor-tool .graphiql-editor:not(.hidden)'

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

/** The examples, by their operations' names: GraphiQL makes them the titles of the tabs. */
export const examples = readdirSync(EXAMPLES).sort().map((file) => {
  const [, kind, title] = /^(query|subscription) (\w+)/m.exec(readFileSync(join(EXAMPLES, file), 'utf8'))
  return { kind, title }
})

/** Opens GraphiQL of the server at `origin`. What the page asks for and complains of is written down. */
export async function visit(origin) {
  const { chromium } = createRequire(join(ROOT, 'web/package.json'))('playwright-core')
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS })
  const requests = []
  const complaints = []
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
  const page = await context.newPage()
  await page.goto(`${origin}/graphiql`)
  return {
    page,
    /** What the answer's pane shows. */
    answer: page.locator('.graphiql-response .view-lines'),
    requests,
    complaints,
    close: () => browser.close(),

    /** Goes to the tab of an example. */
    async choose(title) {
      await page.getByRole('tab', { name: title }).click()
      // GraphiQL reads the operation name 100 ms after a change of tab, and stores the query just before it does.
      await page.waitForFunction((name) => localStorage['graphiql:query']?.includes(` ${name} {`), title)
    },

    /** Puts a text in the place of what an editor has. */
    async type(editor, text) {
      await page.locator(`${editor} .view-lines`).click()
      await page.keyboard.press('ControlOrMeta+a')
      // Into what is empty: the editor closes what it opens anew otherwise, and it is closed twice.
      await page.keyboard.press('Delete')
      await page.keyboard.insertText(text)
    },

    /** Clicks "Execute", once the editor, which comes after the button, has this. */
    async execute(text) {
      await page.locator(`${QUERY} .view-lines`).filter({ hasText: text }).waitFor()
      await page.getByRole('button', { name: 'Execute query' }).click()
    },

    /** That no other host was asked, and nothing was complained of. */
    judge() {
      const foreign = requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== origin)
      assert.notEqual(requests.length, 0)
      assert.deepEqual(foreign, [])
      assert.deepEqual(complaints, [])
    },

    /** Keeps a picture of the page where the variable of this name says, if it does. */
    async picture(variable) {
      const path = process.env[variable]
      if (!path) return
      await page.mouse.move(0, 0)
      // What a moment ago was of use, and would only cover the picture.
      await page.waitForFunction(() => !document.querySelector('[role=tooltip], .scrollbar.visible'))
      await page.screenshot({ path, animations: 'disabled' })
    },
  }
}

function findChromium() {
  const { CHROMIUM, PATH } = process.env
  const places = CHROMIUM ? [CHROMIUM] : ['/usr/bin/chromium', ...PATH.split(delimiter).map((dir) => join(dir, 'chromium'))]
  const found = places.find((place) => existsSync(place))
  assert.ok(found, `no Chromium at ${CHROMIUM ?? '/usr/bin/chromium or on the PATH'}`)
  return found
}
