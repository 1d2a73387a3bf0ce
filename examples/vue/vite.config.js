import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  base: './',
  server: { proxy: { '/t': { target: 'http://127.0.0.1:8080', rewrite: (path) => path.slice(2) } } },
});
