import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import locales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where `npm run dev` finds the API: an address of `wellhead start` or `wellhead api`. */
const api = process.env.WELLHEAD_DEV_API ?? 'http://localhost:3400'

export default defineConfig({
  plugins: [
    react(),
    // react-aria brings its own few words in thirty languages.
    { ...locales.vite({ locales: ['en-US', 'zh-CN'] }), enforce: 'pre' },
    compressed(),
  ],
  resolve: { alias: { zod: join(import.meta.dirname, 'build/schemas-at-rest.ts') } },
  // No preload script for old browsers: it would be the one that the Content-Security-Policy cannot see through.
  build: { target: 'es2022', modulePreload: { polyfill: false }, manifest: true, assetsInlineLimit: 0 },
  server: {
    proxy: { '^/(v1|connect|oauth|sign-in|sign-out|join|assets/pages)(/|$)': api },
  },
})

/** What the API sends is compressed once, here, and not for every reader. */
function compressed(): Plugin {
  let root = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: (config) => {
      root = join(config.root, config.build.outDir)
    },
    writeBundle: async ({ dir = root }, bundle) => {
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|html|svg)$/.test(name))
      await Promise.all(
        texts.map(async (name) => {
          const content = await readFile(join(dir, name))
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
          await writeFile(join(dir, `${name}.br`), await promisify(brotliCompress)(content, { params }))
          await writeFile(join(dir, `${name}.gz`), await promisify(gzip)(content, { level: 9 }))
        }),
      )
    },
  }
}
