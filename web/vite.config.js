import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress } from 'node:zlib'
import { defineConfig } from 'vite'

/** Adds what `build.license` leaves out, as fonts are no modules. Their licence has to travel with them. */
function fontLicenses() {
  return {
    name: 'font-licenses',
    async generateBundle() {
      for (const font of ['jetbrains-mono', 'roboto']) {
        const source = await readFile(join(import.meta.dirname, `node_modules/@fontsource/${font}/LICENSE`))
        this.emitFile({ type: 'asset', fileName: `license-${font}.txt`, source })
      }
    },
  }
}

/** Writes `file.br` beside every file worth it, so that the server need not compress. */
function brotli() {
  return {
    name: 'brotli',
    apply: 'build',
    async writeBundle({ dir }) {
      const files = await readdir(dir, { recursive: true })
      const texts = files.filter((file) => /\.(css|html|js|md|svg|ttf|txt)$/.test(file))
      await Promise.all(
        texts.map(async (file) => {
          const content = await readFile(join(dir, file))
          if (content.length <= 1024) return
          // At the default quality, which is 11, the best.
          await writeFile(join(dir, `${file}.br`), await promisify(brotliCompress)(content))
        }),
      )
    },
  }
}

export default defineConfig({
  // The server serves index.html at /graphiql, without a slash: addresses relative to it would miss.
  base: '/graphiql/',
  plugins: [fontLicenses(), brotli()],
  build: {
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000, // Monaco is what it is
    rolldownOptions: {
      checks: {
        moduleLevelDirective: false, // "use client" means nothing in a browser
        bundlerTimings: false, // compression takes most of the time, and may
      },
    },
  },
})
