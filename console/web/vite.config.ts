import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// The same sources give the same bytes, so that `make verify` can compare.
// CLICKBRIDGE names a running server for `npm run dev`.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: true,
  },
  server: {
    proxy: { '/v1': process.env['CLICKBRIDGE'] ?? 'http://127.0.0.1:8080' },
  },
})
