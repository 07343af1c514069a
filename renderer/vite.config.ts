import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** With `swap` the first second of every page would be drawn in a fallback font, and jump: the fonts come from this disk. */
const fontsBlock: Plugin = {
  name: 'fonts-block',
  enforce: 'pre',
  transform(code, id) {
    return id.includes('@fontsource') ? code.replaceAll('font-display: swap', 'font-display: block') : undefined;
  },
};

/** Run with this folder as the root: `vite build renderer`. */
export default defineConfig({
  base: './',
  plugins: [react(), fontsBlock],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // The policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file, read from this disk: there is nothing to gain from splitting it.
    chunkSizeWarningLimit: 700,
  },
});
